/**
 * What each event at the provider leads to: a row for each scenario and a column for each event (`scenarios.ts`), one
 * table for each way in which it is delivered. `state-table.pure.test.ts` plays every cell, and fails when one is
 * missing.
 *
 * A letter is where the checkout is once everything due has been done: O opening, A awaiting payment, C completed; and,
 * ended without a sale, X cancelled, E expired, R refused, F failed to open, L lost (paid, and then the units or the
 * money were gone). The number is the money that the shop keeps, in tens: 15 for both lines, 10 for "a", 5 for "b",
 * and 2 more for what is beside the lines in the rows "shipped…".
 * "A>E" is first A and later E. A dot is what cannot happen: a capture of a voided payment, say, or a lost answer where
 * no call is due.
 *
 * A reader may stumble over this: in "completed" and the rows after it, the shopper keeps the goods when the merchant
 * refunds by hand at the provider ("partRefund", "refund"). That is a gift, and the number says what is left.
 */
export const STATE_TABLE = `
fresh:        open declined paid inGrace late captured capturedLate underpaid voided partRefund refund unclear foreign
pinning       A>E  A>E      A>E  F       F    .        .            .         A>E    .          .      A>E     A>E
creating      A>E  A>E      C15  F       F    C15      F            L         X      L          L      A>E     A>E
awaiting      A>E  A>E      C15  C15     E    C15      E            L         X      L          L      .       A>E
declined      A>E  A>E      C15  C15     E    C15      E            L         X      L          L      .       A>E
overdue       E    E        L    L       E    L        E            L         X      L          L      .       E
paid          C15  C15      C15  C15     L    .        .            C5        L      L          L      C15     C15
halfSold      C15  C15      C15  C15     C10  .        .            C5        L      L          L      C15     C15
sold          C15  C15      C15  C15     C15  .        .            L         L      L          L      C15     C15
capturing     C15  C15      C15  C15     C15  .        .            .         L      L          L      C15     C15
partLost      C10  C10      C10  C10     C10  .        .            L         L      C10        L      C10     C10
cancelling    X    X        X    X       X    X        X            X         X      X          X      X       X
unpinning     X    X        X    X       X    .        .            .         X      .          .      .       X
voiding       X    X        X    X       X    .        .            .         X      .          .      X       X
expiring      E    E        C15  C15     E    C15      E            E         E      E          E      E       E
cancelled     X    X        X    X       X    .        .            .         X      .          .      .       X
expired       E    E        E    E       E    .        .            .         E      .          .      .       E
refused       R    R        R    R       R    .        .            .         R      .          .      .       R
failed        F    F        F    F       F    .        .            .         F      .          .      .       F
lost          L    L        L    L       L    .        .            .         L      .          .      .       L
lostRefunded  L    L        L    L       L    .        .            .         L      .          .      .       L
completed     C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
refunding     C5   C5       C5   C5      C5   .        .            .         C5     C5         C0     C5      C5
refundUnclear C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     C5      C5
partRefunded  C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     .       C5
refunded      C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0
preordered    C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
shipped       A>E  A>E      C17  C17     E    C17      E            L         X      L          L      .       A>E
shippedLost   C12  C12      C12  C12     C12  .        .            L         L      C12        L      C12     C12
shippedBack   C7   C7       C7   C7      C7   .        .            .         C7     C7         C0     C7      C7
free          C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0

repeated:     open declined paid inGrace late captured capturedLate underpaid voided partRefund refund unclear foreign
pinning       A>E  A>E      A>E  F       F    .        .            .         A>E    .          .      A>E     A>E
creating      A>E  A>E      C15  F       F    C15      F            L         X      L          L      A>E     A>E
awaiting      A>E  A>E      C15  C15     E    C15      E            L         X      L          L      .       A>E
declined      A>E  A>E      C15  C15     E    C15      E            L         X      L          L      .       A>E
overdue       E    E        L    L       E    L        E            L         X      L          L      .       E
paid          C15  C15      C15  C15     L    .        .            C5        L      L          L      C15     C15
halfSold      C15  C15      C15  C15     C10  .        .            C5        L      L          L      C15     C15
sold          C15  C15      C15  C15     C15  .        .            L         L      L          L      C15     C15
capturing     C15  C15      C15  C15     C15  .        .            .         L      L          L      C15     C15
partLost      C10  C10      C10  C10     C10  .        .            L         L      C10        L      C10     C10
cancelling    X    X        X    X       X    X        X            X         X      X          X      X       X
unpinning     X    X        X    X       X    .        .            .         X      .          .      .       X
voiding       X    X        X    X       X    .        .            .         X      .          .      X       X
expiring      E    E        C15  C15     E    C15      E            E         E      E          E      E       E
cancelled     X    X        X    X       X    .        .            .         X      .          .      .       X
expired       E    E        E    E       E    .        .            .         E      .          .      .       E
refused       R    R        R    R       R    .        .            .         R      .          .      .       R
failed        F    F        F    F       F    .        .            .         F      .          .      .       F
lost          L    L        L    L       L    .        .            .         L      .          .      .       L
lostRefunded  L    L        L    L       L    .        .            .         L      .          .      .       L
completed     C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
refunding     C5   C5       C5   C5      C5   .        .            .         C5     C5         C0     C5      C5
refundUnclear C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     C5      C5
partRefunded  C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     .       C5
refunded      C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0
preordered    C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
shipped       A>E  A>E      C17  C17     E    C17      E            L         X      L          L      .       A>E
shippedLost   C12  C12      C12  C12     C12  .        .            L         L      C12        L      C12     C12
shippedBack   C7   C7       C7   C7      C7   .        .            .         C7     C7         C0     C7      C7
free          C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0

outOfOrder:   open declined paid inGrace late captured capturedLate underpaid voided partRefund refund unclear foreign
pinning       A>E  A>E      A>E  F       F    .        .            .         A>E    .          .      A>E     A>E
creating      A>E  A>E      C15  F       F    C15      F            L         X      L          L      A>E     A>E
awaiting      A>E  A>E      C15  C15     E    C15      E            L         X      L          L      .       A>E
declined      A>E  A>E      C15  C15     E    C15      E            L         X      L          L      .       A>E
overdue       E    E        L    L       E    L        E            L         X      L          L      .       E
paid          C15  C15      C15  C15     L    .        .            C5        L      L          L      C15     C15
halfSold      C15  C15      C15  C15     C10  .        .            C5        L      L          L      C15     C15
sold          C15  C15      C15  C15     C15  .        .            L         L      L          L      C15     C15
capturing     C15  C15      C15  C15     C15  .        .            .         L      L          L      C15     C15
partLost      C10  C10      C10  C10     C10  .        .            L         L      C10        L      C10     C10
cancelling    X    X        X    X       X    X        X            X         X      X          X      X       X
unpinning     X    X        X    X       X    .        .            .         X      .          .      .       X
voiding       X    X        X    X       X    .        .            .         X      .          .      X       X
expiring      E    E        C15  C15     E    C15      E            E         E      E          E      E       E
cancelled     X    X        X    X       X    .        .            .         X      .          .      .       X
expired       E    E        E    E       E    .        .            .         E      .          .      .       E
refused       R    R        R    R       R    .        .            .         R      .          .      .       R
failed        F    F        F    F       F    .        .            .         F      .          .      .       F
lost          L    L        L    L       L    .        .            .         L      .          .      .       L
lostRefunded  L    L        L    L       L    .        .            .         L      .          .      .       L
completed     C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
refunding     C5   C5       C5   C5      C5   .        .            .         C5     C5         C0     C5      C5
refundUnclear C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     C5      C5
partRefunded  C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     .       C5
refunded      C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0
preordered    C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
shipped       A>E  A>E      C17  C17     E    C17      E            L         X      L          L      .       A>E
shippedLost   C12  C12      C12  C12     C12  .        .            L         L      C12        L      C12     C12
shippedBack   C7   C7       C7   C7      C7   .        .            .         C7     C7         C0     C7      C7
free          C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0

veryLate:     open declined paid inGrace late captured capturedLate underpaid voided partRefund refund unclear foreign
pinning       E    E        E    F       F    .        .            .         E      .          .      E       E
creating      E    E        C15  F       F    C15      F            L         X      L          L      E       E
awaiting      E    E        C15  C15     E    C15      E            E         E      E          E      .       E
declined      E    E        C15  C15     E    C15      E            E         E      E          E      .       E
overdue       E    E        L    L       E    L        E            E         E      E          E      .       E
paid          C15  C15      C15  C15     L    .        .            L         L      L          L      C15     C15
halfSold      C15  C15      C15  C15     C10  .        .            L         L      L          L      C15     C15
sold          C15  C15      C15  C15     C15  .        .            L         L      L          L      C15     C15
capturing     C15  C15      C15  C15     C15  .        .            .         C15    L          L      C15     C15
partLost      C10  C10      C10  C10     C10  .        .            L         L      C10        L      C10     C10
cancelling    X    X        X    X       X    X        X            X         X      X          X      X       X
unpinning     X    X        X    X       X    .        .            .         X      .          .      .       X
voiding       X    X        X    X       X    .        .            .         X      .          .      X       X
expiring      E    E        C15  C15     E    C15      E            E         E      E          E      E       E
cancelled     X    X        X    X       X    .        .            .         X      .          .      .       X
expired       E    E        E    E       E    .        .            .         E      .          .      .       E
refused       R    R        R    R       R    .        .            .         R      .          .      .       R
failed        F    F        F    F       F    .        .            .         F      .          .      .       F
lost          L    L        L    L       L    .        .            .         L      .          .      .       L
lostRefunded  L    L        L    L       L    .        .            .         L      .          .      .       L
completed     C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
refunding     C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     C5      C5
refundUnclear C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     C5      C5
partRefunded  C5   C5       C5   C5      C5   .        .            .         C5     C0         C0     .       C5
refunded      C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0
preordered    C15  C15      C15  C15     C15  .        .            .         C15    C10        C0     .       C15
shipped       E    E        C17  C17     E    C17      E            E         E      E          E      .       E
shippedLost   C12  C12      C12  C12     C12  .        .            L         L      C12        L      C12     C12
shippedBack   C7   C7       C7   C7      C7   .        .            .         C7     C2         C0     C7      C7
free          C0   C0       C0   C0      C0   .        .            .         C0     .          .      .       C0
`;
