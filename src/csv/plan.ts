/**
 * What there is to do for a row, from what it wants and what the shop has: the same for a dry run and an import. Pure.
 *
 * Only what differs is changed, so the same file a second time changes nothing.
 */
import type { ProductPatch, StockedProduct } from "../client/index.ts";
import { minorUnitOf } from "../payments/iso-4217.ts";
import { formatMinor } from "./cells.ts";
import type { WantedCount } from "./inventory-rows.ts";
import type { Price, WantedProduct } from "./product-rows.ts";
import type { FieldChange, Outcome, Refusal, Remark } from "./report.ts";

type Details = Pick<WantedProduct, "title" | "description" | "imageUrl" | "price">;

/** One call to the shop, and what it changes. */
export type Step = { readonly changes: readonly FieldChange[] } & (
	| { readonly kind: "define"; readonly product: Details & { readonly title: string; readonly price: Price } }
	| { readonly kind: "change"; readonly details: ProductPatch }
	| { readonly kind: "archive"; readonly isArchived: boolean }
	| { readonly kind: "first-stock"; readonly units: number }
	| { readonly kind: "adjust"; readonly count: WantedCount }
);

export type Plan =
	| { readonly kind: "refused"; readonly refusal: Refusal }
	/** The steps, in the order in which they are made. */
	| { readonly kind: "steps"; readonly steps: readonly Step[]; readonly remarks: readonly Remark[] };

/** What the shop has of a SKU. */
export interface Known {
	readonly product: StockedProduct;
	/** Whether it never had a unit. */
	readonly isNeverStocked: boolean;
}

const refuse = (refusal: Refusal): Plan => ({ kind: "refused", refusal });

/** @param known null when the shop does not have the SKU */
export function planProduct(wanted: WantedProduct, known: Known | null): Plan {
	const { title, description, imageUrl, price, firstStock } = wanted;
	const wasArchived = known?.product.archived ?? false;
	const isArchived = wanted.isArchived ?? wasArchived;
	const archive: readonly Step[] =
		isArchived === wasArchived
			? []
			: [{ kind: "archive", isArchived, changes: [change("archived", wasArchived, isArchived)] }];
	const isStocked = known !== null && !known.isNeverStocked;
	const stock = firstStock === null || isStocked ? [] : [receive(firstStock)];
	if (known === null) {
		if (title === undefined) return refuse({ kind: "no-title" });
		if (price === undefined) return refuse({ kind: "no-price" });
		const product = { title, price, description: description ?? null, imageUrl: imageUrl ?? null };
		// It has no units before it is archived, so nobody can buy it meanwhile.
		const steps: readonly Step[] = [{ kind: "define", product, changes: [] }, ...archive, ...stock];
		return { kind: "steps", steps, remarks: wanted.remarks };
	}
	const available = known.product.stock?.available ?? firstStock;
	const isKept = firstStock !== null && isStocked && available !== null && available !== firstStock;
	const kept = isKept ? [{ kind: "stock-kept", inFile: firstStock, available } as const] : [];
	// A product that comes back into the shop has its new price then.
	const steps = [...differences(known.product, wanted), ...archive, ...stock];
	return { kind: "steps", steps, remarks: [...wanted.remarks, ...kept] };
}

/** @param known null when the shop does not have the SKU */
export function planFirstStock(units: number, known: Known | null): Plan {
	if (known === null) return refuse({ kind: "unknown-sku" });
	return { kind: "steps", steps: known.isNeverStocked ? [receive(units)] : [], remarks: [] };
}

/**
 * A count that was made of another number of units changes nothing: nobody knows what happened between.
 * @param known null when the shop does not have the SKU
 */
export function planCount(count: WantedCount, known: Known | null): Plan {
	const onHand = known?.product.stock?.onHand;
	if (onHand === undefined) return refuse({ kind: "unknown-sku" });
	const { expected, counted } = count;
	if (onHand === counted) return { kind: "steps", steps: [], remarks: [] };
	if (onHand !== expected) return refuse({ kind: "count-changed", expected, onHand });
	return { kind: "steps", steps: [correct(count)], remarks: [] };
}

/** The step of a count, whatever the shop has. */
export const correct = (count: WantedCount): Step => ({
	...{ kind: "adjust", count, changes: [change("stock", count.expected, count.counted)] },
});

/** What a row comes to by the steps that are made. */
export function outcomeOf(steps: readonly Step[]): Outcome {
	if (steps.length === 0) return "unchanged";
	return steps[0]?.kind === "define" ? "created" : "changed";
}

const receive = (units: number): Step => ({ kind: "first-stock", units, changes: [change("stock", 0, units)] });

/** No step when the product is as it is wanted. */
function differences(has: StockedProduct, wants: Details): readonly Step[] {
	const { title, description, imageUrl, price } = wants;
	// A text that is empty is the same as none.
	const isOther = (next: string | null, now: string | null): boolean => (next ?? "") !== (now ?? "");
	const details: ProductPatch = {
		...(title !== undefined && isOther(title, has.title) ? { title } : {}),
		...(description !== undefined && isOther(description, has.description) ? { description } : {}),
		...(imageUrl !== undefined && isOther(imageUrl, has.imageUrl) ? { imageUrl } : {}),
		...(price !== undefined && isOther(priceText(price), priceText(has.price)) ? { price } : {}),
	};
	const changes = [
		...("title" in details ? [change("title", has.title, title)] : []),
		...("description" in details ? [change("description", has.description, description)] : []),
		...("imageUrl" in details ? [change("picture", has.imageUrl, imageUrl)] : []),
		...(details.price === undefined ? [] : [change("price", priceText(has.price), priceText(details.price))]),
	];
	return changes.length === 0 ? [] : [{ kind: "change", details, changes }];
}

function change(field: FieldChange["field"], from: unknown, to: unknown): FieldChange {
	return { field, from: String(from ?? ""), to: String(to ?? "") };
}

const priceText = ({ amount, currency }: Price): string =>
	`${formatMinor(amount, minorUnitOf(currency) ?? 0)} ${currency}`;
