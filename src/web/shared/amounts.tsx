/** What a checkout and an order have beside their lines: shipping, tax, fees, discounts, and where it is sent. */
import type { Checkout } from "../../client/index.ts";
import { formatMoney } from "./money.ts";

type Adjustments = Checkout["adjustments"];
type ShipTo = NonNullable<Checkout["shipTo"]>;

/** Rows of the list that has the lines. */
export function AdjustmentRows({ adjustments }: { readonly adjustments: Adjustments }) {
	return (
		<>
			{adjustments.map(({ label, amount }, index) => (
				<li key={index}>
					<span>{label}</span>
					<span class="numbers">{formatMoney(amount)}</span>
				</li>
			))}
		</>
	);
}

/** The address in the order in which most countries write it: street before town, country last. */
export function Address({ title, shipTo }: { readonly title: string; readonly shipTo: ShipTo | null }) {
	if (shipTo === null) return null;
	const { name, line1, line2, city, region, postalCode, country, phone } = shipTo;
	const town = [postalCode, city, region].filter(Boolean).join(" ");
	const rows = [name, line1, line2, town, countryName(country), phone].filter((row) => row !== undefined);
	return (
		<section class="address">
			<h2>{title}</h2>
			<address>
				{rows.map((row, index) => (
					<span key={index}>
						{row}
						<br />
					</span>
				))}
			</address>
		</section>
	);
}

const countryName = (code: string): string =>
	new Intl.DisplayNames(undefined, { type: "region", fallback: "code" }).of(code) ?? code;
