/** Every English text of imports and exports that the command and the page share. A translation replaces this file. */
import type { CsvFileFault } from "./csv-file-error.ts";
import type { FieldChange, Outcome, Refusal, Remark, RowReport, Tally } from "./report.ts";

const SHORT = 60;
const OUTCOMES = ["created", "changed", "unchanged", "refused"] as const;

/** @param isDryRun whether it says what would happen */
export const outcomeText = (outcome: Outcome, isDryRun: boolean): string =>
	isDryRun
		? { created: "to create", changed: "to change", unchanged: "unchanged", refused: "refused" }[outcome]
		: outcome;

export const tallyText = (tally: Tally, isDryRun: boolean): string =>
	`${OUTCOMES.map((outcome) => `${tally[outcome]} ${outcomeText(outcome, isDryRun)}`).join(", ")}.`;

/** What is to be said of a row beside its outcome: what is changed, why it is refused, and what else. */
export const rowText = ({ changes, refusal, remarks }: RowReport): string =>
	[
		...(refusal === null ? [] : [refusalText(refusal)]),
		...(refusal !== null && changes.length > 0 ? ["Done before that:"] : []),
		...(changes.length === 0 ? [] : [`${changes.map(changeText).join("; ")}.`]),
		...remarks.map(remarkText),
	].join(" ");

function changeText({ field, from, to }: FieldChange): string {
	if (field === "archived") return to === "true" ? "archived" : "back in the shop";
	if (field === "stock") return `on hand ${from} → ${to}`;
	return `${field} ${shortened(from)} → ${shortened(to)}`;
}

/** On one line, and without what would steer a terminal. */
function shortened(text: string): string {
	const line = text.replace(/[\s\p{Cc}]+/gu, " ");
	if (line === "") return "none";
	return line.length > SHORT ? `${line.slice(0, SHORT).toWellFormed()}…` : line;
}

function refusalText(refusal: Refusal): string {
	switch (refusal.kind) {
		case "spoilt":
			return "Text stands after a closing quote.";
		case "too-many-cells":
			return "It has more cells than the header.";
		case "no-sku":
			return "It has no SKU.";
		case "not-a-sku":
			return `"${shortened(refusal.text)}" is no SKU: up to 64 letters, digits, dots, underscores and hyphens, a letter or digit first.`;
		case "sku-twice":
			return `Row ${refusal.row} has the same SKU. One SKU has one stock here, in one place.`;
		case "no-title":
			return "A new product needs a title.";
		case "title-too-long":
			return `Its title is longer than ${refusal.most} characters.`;
		case "no-price":
			return "A new product needs a price.";
		case "no-currency":
			return "The file does not say the currency of its price: name it.";
		case "not-a-currency":
			return `"${shortened(refusal.text)}" is no currency of ISO 4217.`;
		case "not-a-price":
			return `"${shortened(refusal.text)}" is no price: write it as 1299.95.`;
		case "too-precise":
			return `"${shortened(refusal.text)}" is more precise than ${refusal.currency}, which has ${places(refusal.decimals)}.`;
		case "too-dear":
			return "Its price is higher than any that can be charged.";
		case "not-a-picture":
			return `"${shortened(refusal.text)}" is no address of a picture: it begins with https:// or http://.`;
		case "not-a-status":
			return `"${shortened(refusal.text)}" is no status: active, draft, archived or unlisted.`;
		case "not-a-count":
			return `"${shortened(refusal.text)}" is no number of units.`;
		case "too-many-units":
			return `More than ${refusal.most} units cannot be counted at once.`;
		case "no-expected-count":
			return "On hand (current) is missing: what was the count before?";
		case "unknown-sku":
			return "The shop has no such SKU. Import the products first.";
		case "count-changed":
			return `The count has changed: ${refusal.onHand} are on hand, and the file expects ${refusal.expected}.`;
		case "below-held":
			return `Shoppers hold ${refusal.shortBy} too many of them.`;
		case "busy":
			return "The shop is busy. Import the file again later.";
		case "problem":
			return `${refusal.title}: ${refusal.detail}`;
		case "fault":
			return `The shop failed (${refusal.message}). Import the file again later.`;
	}
}

const places = (decimals: number): string => (decimals === 0 ? "no decimal places" : `${decimals} decimal places`);

function remarkText(remark: Remark): string {
	switch (remark.kind) {
		case "only-a-picture":
			return "A further picture: a product has one here.";
		case "no-count":
			return "It says no new count.";
		case "done-before":
			return "It was imported before.";
		case "stock-kept":
			return `${remark.available} are available, and the file says ${remark.inFile}: only an inventory file changes a stock that is there.`;
		case "oversold":
			return `${remark.inFile} units cannot be stocked.`;
		case "oversell-ignored":
			return "It is not sold beyond its stock: for that, a pre-order has a capacity and terms.";
		case "description-cut":
			return `Its description was cut to ${remark.most} characters.`;
	}
}

/** Why a file cannot be imported. */
export function fileFaultText(fault: CsvFileFault): string {
	switch (fault.kind) {
		case "empty":
			return "The file has no rows.";
		case "utf-16":
			return "The file is UTF-16. Save it as CSV UTF-8.";
		case "not-utf-8":
			return `The file is not UTF-8: see row ${fault.row}. Save it as CSV UTF-8, or its letters would be garbled.`;
		case "not-text":
			return "The file is no text. A spreadsheet has to be saved as CSV UTF-8.";
		case "open-quote":
			return `In row ${fault.row} a quote opens a cell, and no other closes it.`;
		case "unknown-columns":
			return (
				"The file has neither the columns of products (SKU, Title, Price) nor those of an inventory " +
				`(SKU, On hand (current), On hand (new)). It has: ${fault.columns.slice(0, 30).map(shortened).join(", ")}.`
			);
		case "orders":
			return "The file has orders. Orders are made by paying, and cannot be imported.";
		case "column-twice":
			return `The columns ${fault.columns.join(" and ")} say the same. Remove one of them.`;
	}
}
