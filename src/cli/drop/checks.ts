/**
 * What must be true after a drop: each check compares counts from independent sources and returns a
 * complaint for everything that is not as it should be. Pure.
 */
import { TERMS_VERSION } from "./merchant.ts";
import type { BuyerOutcome, BuyerReport } from "./outcome.ts";
import type { DropFacts, Tally } from "./tally.ts";

type Check = (tally: Tally, facts: DropFacts) => readonly string[];

const complainIf = (isWrong: boolean, complaint: string): readonly string[] => (isWrong ? [complaint] : []);

const checkEveryBuyerHasAnOutcome: Check = ({ unaccounted }) =>
	complainIf(unaccounted !== 0, `${unaccounted} buyers are unaccounted for`);

const checkNothingIsOversold: Check = ({ oversold, units }) =>
	complainIf(oversold !== 0, `${oversold} units were sold or held beyond the ${units} there are`);

const checkBuyersWereServed: Check = ({ lost, hanging, failed }, { reports, serverErrors }) => [
	...complainIf(lost !== 0, `${lost} buyers lost what they held or paid for${detailsOf(reports, "lost")}`),
	...complainIf(hanging !== 0, `${hanging} buyers were left hanging${detailsOf(reports, "hanging")}`),
	...complainIf(failed !== 0, `${failed} buyers were answered wrongly${detailsOf(reports, "failed")}`),
	...complainIf(serverErrors !== 0, `${serverErrors} answers were server errors`),
];

const checkNoHoldOutlivesItsTime: Check = (_, { evidence: { stock } }) => [
	...complainIf(stock.held !== 0, `${stock.held} units are still held after every hold should have expired`),
	...complainIf(stock.waiting !== 0, `${stock.waiting} units are on the waitlist, and nobody waits for them`),
];

const checkCountersAgreeWithBuyers: Check = (
	{ units, returned, bought, preorders, preordersCounted },
	{ evidence },
) => {
	const { stock } = evidence;
	const { owed, filled } = preorders;
	const available = units - stock.sold - stock.held;
	return [
		...complainIf(
			stock.sold !== bought + filled - returned,
			`the shop counts ${stock.sold} units as sold, the buyers have ${bought + filled - returned}`,
		),
		...complainIf(
			preordersCounted.owed !== owed || preordersCounted.filled !== filled,
			`the shop counts ${preordersCounted.owed} owed and ${preordersCounted.filled} filled, the buyers ${owed} and ${filled}`,
		),
		...complainIf(stock.received !== units, `the shop counts ${stock.received} units as received, not ${units}`),
		...complainIf(stock.available !== available, `${stock.available} units are available, not ${available}`),
		...complainIf(!stock.balanced, "the stock equation does not balance"),
	];
};

const checkD1AgreesWithBuyers: Check = ({ bought, preorders, preordersInD1, unitsInOrders }, { evidence }) => {
	const { owed, filled } = preorders;
	const sales = bought + owed + filled;
	const otherTerms = evidence.preorders.filter(({ termsVersion }) => termsVersion !== TERMS_VERSION).length;
	return [
		...complainIf(
			preordersInD1.owed !== owed || preordersInD1.filled !== filled,
			`D1 has ${preordersInD1.owed} owed and ${preordersInD1.filled} filled, the buyers ${owed} and ${filled}`,
		),
		...complainIf(otherTerms !== 0, `${otherTerms} pre-orders name other terms than were accepted`),
		...complainIf(unitsInOrders !== sales, `D1 has orders for ${unitsInOrders} units, the buyers bought ${sales}`),
		...complainIf(evidence.difference !== 0, `the SKU object and D1 differ by ${evidence.difference} units`),
	];
};

const checkOrdersAreWhatWasSold: Check = (_, { reports, evidence, sku }) => {
	const orders = new Map(evidence.orders.map((order) => [order.checkoutId, order]));
	const isMislabelled = ({ outcome, checkoutId }: BuyerReport) => {
		if (outcome !== "bought" && outcome !== "preordered") return false;
		const line = orders.get(checkoutId ?? "")?.lines.find((line) => line.sku === sku);
		return line !== undefined && (line.fulfilment === "preorder") !== (outcome === "preordered");
	};
	const mislabelled = reports.filter(isMislabelled).length;
	return complainIf(mislabelled !== 0, `${mislabelled} orders are for something else than their buyers were told`);
};

/** Turning a buyer away while a unit is free is as wrong as selling a unit twice. */
const checkNoUnitWasWithheld: Check = ({ held, failed, hanging }, { reports, stock }) => {
	const takers = reports.length - failed - hanging;
	return complainIf(held < Math.min(stock, takers), `only ${held} buyers held a unit, of ${stock}`);
};

const checkWaitlistIsInOrder: Check = (_, { reports }) => {
	const movedBack = reports.filter((report) => report.movedBack).length;
	return complainIf(movedBack !== 0, `${movedBack} buyers moved back on the waitlist`);
};

const checkJournal: Check = ({ journal }, { evidence: { stock } }) => {
	const replayed = [journal.available, journal.held, journal.sold, journal.waiting, journal.owed, journal.filled];
	const { owed, filled } = stock.preorders;
	const counted = [stock.available, stock.held, stock.sold, stock.waiting, owed, filled];
	return [
		...complainIf(
			journal.problems.length !== 0,
			`the journal is wrong in ${journal.problems.length} places${examplesOf(journal.problems)}`,
		),
		...complainIf(replayed.join() !== counted.join(), "the journal comes to other counters than the shop has"),
	];
};

const checkMoney: Check = ({ money: { problems, difference } }) => [
	...complainIf(problems.length !== 0, `the money is wrong in ${problems.length} places${examplesOf(problems)}`),
	...complainIf(difference !== 0, `the provider kept ${difference} more than shoppers have for it`),
];

/** One that could not be decided is no complaint: the report says so. */
const checkHistory: Check = (_, { history: { kind, text, evidence } }) =>
	complainIf(kind === "race", [`${text}:`, ...evidence].join("\n    "));

/** In the order in which complaints are printed. */
export const CHECKS: readonly Check[] = [
	checkEveryBuyerHasAnOutcome,
	checkNothingIsOversold,
	checkBuyersWereServed,
	checkNoHoldOutlivesItsTime,
	checkCountersAgreeWithBuyers,
	checkD1AgreesWithBuyers,
	checkOrdersAreWhatWasSold,
	checkNoUnitWasWithheld,
	checkWaitlistIsInOrder,
	checkJournal,
	checkMoney,
	checkHistory,
];

const EXAMPLES = 3;
const LONG_ID = /[\w-]{20,}/g;
const JOURNAL_PLACE = /^#\d+ /;

function detailsOf(reports: readonly BuyerReport[], wanted: BuyerOutcome): string {
	return examplesOf(reports.flatMap(({ outcome, detail }) => (outcome === wanted && detail !== null ? [detail] : [])));
}

/**
 * A few of the details, one of each kind: details that differ only in an id or a place in the journal are of one kind.
 */
function examplesOf(details: readonly string[]): string {
	const kinds = new Map<string, string>();
	for (const detail of details) {
		const kind = detail.replace(LONG_ID, "…").replace(JOURNAL_PLACE, "");
		if (!kinds.has(kind)) kinds.set(kind, detail.replace(LONG_ID, "…"));
	}
	if (kinds.size === 0) return "";
	const more = kinds.size > EXAMPLES ? `; and ${kinds.size - EXAMPLES} other kinds` : "";
	return `: ${[...kinds.values()].slice(0, EXAMPLES).join("; ")}${more}`;
}
