/**
 * What comes of news: a row for each situation, a column for each thing that the provider can say (`situations.ts`), and four such
 * tables for how it travels. Played by `table.pure.test.ts`, which fails for a cell that is missing.
 *
 * A letter is where the checkout is when all that is due was done: O opening, A awaiting payment, C completed; and, ended without a
 * sale, X called off, E expired, R refused, F failed to open, L lost (paid, and then the units or the money were gone). The
 * number is the money that the shop keeps, by tens: 15 for both lines, 10 for "a", 5 for "b". "A>E" is first the one and, when
 * time has passed, the other. A dot is what cannot be: money taken of a payment that was called off, say, or a lost answer
 * where nothing is asked.
 *
 * To be read with care: "completed" and what follows it keep their goods when the merchant gives money back by hand at the provider
 * ("partBack", "allBack"): that is a gift, and the number says what is left.
 */
export const TABLE = `
fresh:        open denied paid inGrace late taken takenLate less voided partBack allBack unclear foreign
pinning       A>E  A>E    A>E  F       F    .     .         .    A>E    .        .       A>E     A>E
creating      A>E  A>E    C15  F       F    C15   F         L    X      L        L       A>E     A>E
awaiting      A>E  A>E    C15  C15     E    C15   E         L    X      L        L       .       A>E
declined      A>E  A>E    C15  C15     E    C15   E         L    X      L        L       .       A>E
overdue       E    E      L    L       E    L     E         L    X      L        L       .       E
paid          C15  C15    C15  C15     L    .     .         C5   L      L        L       C15     C15
halfSold      C15  C15    C15  C15     C10  .     .         C5   L      L        L       C15     C15
sold          C15  C15    C15  C15     C15  .     .         L    L      L        L       C15     C15
capturing     C15  C15    C15  C15     C15  .     .         .    L      L        L       C15     C15
partLost      C10  C10    C10  C10     C10  .     .         L    L      C10      L       C10     C10
calledOff     X    X      X    X       X    X     X         X    X      X        X       X       X
lettingGo     X    X      X    X       X    .     .         .    X      .        .       .       X
voiding       X    X      X    X       X    .     .         .    X      .        .       X       X
ranOut        E    E      C15  C15     E    C15   E         E    E      E        E       E       E
cancelled     X    X      X    X       X    .     .         .    X      .        .       .       X
expired       E    E      E    E       E    .     .         .    E      .        .       .       E
refused       R    R      R    R       R    .     .         .    R      .        .       .       R
failed        F    F      F    F       F    .     .         .    F      .        .       .       F
lost          L    L      L    L       L    .     .         .    L      .        .       .       L
paidBack      L    L      L    L       L    .     .         .    L      .        .       .       L
completed     C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
refunding     C5   C5     C5   C5      C5   .     .         .    C5     C5       C0      C5      C5
refundUnheard C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      C5      C5
partRefunded  C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      .       C5
refunded      C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0
preordered    C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
free          C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0

repeated:     open denied paid inGrace late taken takenLate less voided partBack allBack unclear foreign
pinning       A>E  A>E    A>E  F       F    .     .         .    A>E    .        .       A>E     A>E
creating      A>E  A>E    C15  F       F    C15   F         L    X      L        L       A>E     A>E
awaiting      A>E  A>E    C15  C15     E    C15   E         L    X      L        L       .       A>E
declined      A>E  A>E    C15  C15     E    C15   E         L    X      L        L       .       A>E
overdue       E    E      L    L       E    L     E         L    X      L        L       .       E
paid          C15  C15    C15  C15     L    .     .         C5   L      L        L       C15     C15
halfSold      C15  C15    C15  C15     C10  .     .         C5   L      L        L       C15     C15
sold          C15  C15    C15  C15     C15  .     .         L    L      L        L       C15     C15
capturing     C15  C15    C15  C15     C15  .     .         .    L      L        L       C15     C15
partLost      C10  C10    C10  C10     C10  .     .         L    L      C10      L       C10     C10
calledOff     X    X      X    X       X    X     X         X    X      X        X       X       X
lettingGo     X    X      X    X       X    .     .         .    X      .        .       .       X
voiding       X    X      X    X       X    .     .         .    X      .        .       X       X
ranOut        E    E      C15  C15     E    C15   E         E    E      E        E       E       E
cancelled     X    X      X    X       X    .     .         .    X      .        .       .       X
expired       E    E      E    E       E    .     .         .    E      .        .       .       E
refused       R    R      R    R       R    .     .         .    R      .        .       .       R
failed        F    F      F    F       F    .     .         .    F      .        .       .       F
lost          L    L      L    L       L    .     .         .    L      .        .       .       L
paidBack      L    L      L    L       L    .     .         .    L      .        .       .       L
completed     C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
refunding     C5   C5     C5   C5      C5   .     .         .    C5     C5       C0      C5      C5
refundUnheard C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      C5      C5
partRefunded  C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      .       C5
refunded      C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0
preordered    C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
free          C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0

outOfOrder:   open denied paid inGrace late taken takenLate less voided partBack allBack unclear foreign
pinning       A>E  A>E    A>E  F       F    .     .         .    A>E    .        .       A>E     A>E
creating      A>E  A>E    C15  F       F    C15   F         L    X      L        L       A>E     A>E
awaiting      A>E  A>E    C15  C15     E    C15   E         L    X      L        L       .       A>E
declined      A>E  A>E    C15  C15     E    C15   E         L    X      L        L       .       A>E
overdue       E    E      L    L       E    L     E         L    X      L        L       .       E
paid          C15  C15    C15  C15     L    .     .         C5   L      L        L       C15     C15
halfSold      C15  C15    C15  C15     C10  .     .         C5   L      L        L       C15     C15
sold          C15  C15    C15  C15     C15  .     .         L    L      L        L       C15     C15
capturing     C15  C15    C15  C15     C15  .     .         .    L      L        L       C15     C15
partLost      C10  C10    C10  C10     C10  .     .         L    L      C10      L       C10     C10
calledOff     X    X      X    X       X    X     X         X    X      X        X       X       X
lettingGo     X    X      X    X       X    .     .         .    X      .        .       .       X
voiding       X    X      X    X       X    .     .         .    X      .        .       X       X
ranOut        E    E      C15  C15     E    C15   E         E    E      E        E       E       E
cancelled     X    X      X    X       X    .     .         .    X      .        .       .       X
expired       E    E      E    E       E    .     .         .    E      .        .       .       E
refused       R    R      R    R       R    .     .         .    R      .        .       .       R
failed        F    F      F    F       F    .     .         .    F      .        .       .       F
lost          L    L      L    L       L    .     .         .    L      .        .       .       L
paidBack      L    L      L    L       L    .     .         .    L      .        .       .       L
completed     C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
refunding     C5   C5     C5   C5      C5   .     .         .    C5     C5       C0      C5      C5
refundUnheard C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      C5      C5
partRefunded  C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      .       C5
refunded      C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0
preordered    C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
free          C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0

veryLate:     open denied paid inGrace late taken takenLate less voided partBack allBack unclear foreign
pinning       E    E      E    F       F    .     .         .    E      .        .       E       E
creating      E    E      C15  F       F    C15   F         L    X      L        L       E       E
awaiting      E    E      C15  C15     E    C15   E         E    E      E        E       .       E
declined      E    E      C15  C15     E    C15   E         E    E      E        E       .       E
overdue       E    E      L    L       E    L     E         E    E      E        E       .       E
paid          C15  C15    C15  C15     L    .     .         L    L      L        L       C15     C15
halfSold      C15  C15    C15  C15     C10  .     .         L    L      L        L       C15     C15
sold          C15  C15    C15  C15     C15  .     .         L    L      L        L       C15     C15
capturing     C15  C15    C15  C15     C15  .     .         .    C15    L        L       C15     C15
partLost      C10  C10    C10  C10     C10  .     .         L    L      C10      L       C10     C10
calledOff     X    X      X    X       X    X     X         X    X      X        X       X       X
lettingGo     X    X      X    X       X    .     .         .    X      .        .       .       X
voiding       X    X      X    X       X    .     .         .    X      .        .       X       X
ranOut        E    E      C15  C15     E    C15   E         E    E      E        E       E       E
cancelled     X    X      X    X       X    .     .         .    X      .        .       .       X
expired       E    E      E    E       E    .     .         .    E      .        .       .       E
refused       R    R      R    R       R    .     .         .    R      .        .       .       R
failed        F    F      F    F       F    .     .         .    F      .        .       .       F
lost          L    L      L    L       L    .     .         .    L      .        .       .       L
paidBack      L    L      L    L       L    .     .         .    L      .        .       .       L
completed     C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
refunding     C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      C5      C5
refundUnheard C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      C5      C5
partRefunded  C5   C5     C5   C5      C5   .     .         .    C5     C0       C0      .       C5
refunded      C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0
preordered    C15  C15    C15  C15     C15  .     .         .    C15    C10      C0      .       C15
free          C0   C0     C0   C0      C0   .     .         .    C0     .        .       .       C0
`;
