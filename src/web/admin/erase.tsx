/** Erases the shopper of an order, and whoever else has its e-mail address. It asks first, and says what became of it. */
import { useState } from "preact/hooks";
import { type AdminOrder, type Erasure, unwrap } from "../../client/index.ts";
import { admin } from "./api.ts";
import { useAsk } from "./ask.tsx";
import { A } from "./strings.ts";

/** Every page of it. */
async function pages(call: (cursor: string) => Promise<Erasure>): Promise<Erasure[]> {
	const all: Erasure[] = [];
	for (let cursor: string | null = ""; cursor !== null; cursor = all.at(-1)?.nextCursor ?? null)
		all.push(await call(cursor));
	return all;
}

function textOf(all: readonly Erasure[]): string {
	const count = (of: (erasure: Erasure) => readonly string[]) => new Set(all.flatMap(of)).size;
	const left = all.flatMap(({ kept, payingFor }) => [
		...kept.map(({ reason }) => reason),
		...payingFor.map(() => "under-way" as const),
	]);
	const reasons = [...new Set(left)].map((reason) => A.eraseKept[reason]);
	return [
		A.eraseDone(
			count(({ orders }) => orders),
			count(({ checkouts }) => checkouts),
		),
		...reasons,
		...(all.some(({ unreachable }) => unreachable.length > 0) ? [A.eraseUnreachable] : []),
	].join(" ");
}

export function EraseShopper({ order, again }: { readonly order: AdminOrder; readonly again: () => Promise<void> }) {
	const ask = useAsk();
	const [done, setDone] = useState("");
	const { shopperId, email } = order;
	const onYes = async () => {
		const ofShopper = await pages(async (cursor) => unwrap(await admin.eraseShopper({ id: shopperId, cursor })));
		const ofEmail =
			email === null ? [] : await pages(async (cursor) => unwrap(await admin.eraseByEmail({ email, cursor })));
		setDone(textOf([...ofShopper, ...ofEmail]));
		await again();
	};
	const text = A.eraseText(email);
	return (
		<section class="form card">
			<h2>{A.erase}</h2>
			<p class="soft">{A.eraseLead}</p>
			<button
				type="button"
				class="button danger"
				onClick={() => ask({ title: A.eraseTitle, text, button: A.erase, onYes })}
			>
				{A.erase}
			</button>
			<p role="status">{done}</p>
		</section>
	);
}
