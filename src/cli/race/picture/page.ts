/** The result of a run as one page that needs nothing else: in light and in dark, to be shown to who owns the shop. */
import type { Operation } from "../history.ts";
import { escaped, pictureSvg } from "./svg.ts";
import { TABLE_HEAD, tableRows } from "./text.ts";

/** What was found, in words, and the fewest requests that prove it. */
export interface Finding {
	readonly title: string;
	/** The story, and what follows from it. */
	readonly sentences: readonly string[];
	readonly operations: readonly Operation[];
	/** Ids of those that contradict each other. */
	readonly marked: ReadonlySet<number>;
}

export interface Page {
	readonly shop: string;
	/** One line: how much was tried. */
	readonly effort: string;
	/** Null when no race was found. */
	readonly finding: Finding | null;
	/** What the answers of the run were, the most frequent first. */
	readonly answers: readonly (readonly [answer: string, count: number])[];
	readonly undecided: readonly string[];
	/** The command that does the same again. */
	readonly command: string;
}

const STYLE = `
	:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #dfe4ea; --paper: #fff; --ground: #f4f6f9; --bad: #c62828; --good: #2f7d54 }
	@media (prefers-color-scheme: dark) {
		:root { --ink: #e6eaf0; --soft: #a3adbb; --line: #2d3642; --paper: #161b22; --ground: #0d1117; --bad: #ff6b61; --good: #6cc79a }
	}
	body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
	main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px }
	h1 { font-size: 30px; line-height: 1.2; margin: 6px 0 14px } h2 { font-size: 17px; margin: 36px 0 10px }
	.verdict { font-weight: 600; text-transform: uppercase; letter-spacing: .06em; font-size: 13px; margin: 0 }
	.bad { color: var(--bad) } .good { color: var(--good) } .soft { color: var(--soft) }
	.said { max-width: 68ch; font-size: 18px; margin: 0 } ol { margin: 0; padding: 14px 16px 14px 40px }
	.card { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; overflow-x: auto }
	.card svg { display: block; max-width: none } table { border-collapse: collapse; width: 100%; font-size: 14px }
	th, td { text-align: left; padding: 8px 14px; border-top: 1px solid var(--line); white-space: nowrap } thead th { border: 0; color: var(--soft); font-weight: 500 }
	td.time { font-variant-numeric: tabular-nums; color: var(--soft) } tr.marked td { color: var(--bad); font-weight: 600 }
	pre { margin: 0; padding: 14px 16px; overflow-x: auto; font-size: 14px } dl { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 0; padding: 14px 16px }
	dl div { display: flex; gap: 8px } dt { color: var(--soft) } dd { margin: 0; font-variant-numeric: tabular-nums }`;

export function reportPage({ shop, effort, finding, answers, undecided, command }: Page): string {
	const title = finding?.title ?? (undecided.length > 0 ? "Not everything could be decided" : "No race found");
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body><main>
<p class="verdict ${finding === null ? "good" : "bad"}">${finding === null ? "Race detector" : "Race found"} · ${escaped(shop)}</p>
<h1>${escaped(title)}</h1>
${finding === null ? `<p class="said">${escaped(effort)}</p>` : findingParts(finding)}
${undecided.length > 0 ? `<h2>Not decided</h2>\n<ul>${undecided.map((why) => `<li>${escaped(why)}</li>`).join("")}</ul>` : ""}
${answers.length > 0 ? answersPart(answers) : ""}
<h2>The same again</h2>
<div class="card"><pre>${escaped(command)}</pre></div>
<p class="soft">${finding === null ? "" : `${escaped(effort)} `}Made by npm run race.</p>
</main></body>
</html>
`;
}

const answersPart = (answers: Page["answers"]): string => `<h2>What the shop answered</h2>
<div class="card"><dl>
${answers.map(([answer, count]) => `<div><dt>${escaped(answer)}</dt><dd>${count.toLocaleString("en-US")}</dd></div>`).join("\n")}
</dl></div>`;

function findingParts({ title, sentences, operations, marked }: Finding): string {
	const rows = tableRows(operations).map((row, index) => {
		const cells = row.map((cell, column) => `<td${column < 2 ? ' class="time"' : ""}>${escaped(cell)}</td>`).join("");
		return `<tr${marked.has(operations[index]?.id ?? -1) ? ' class="marked"' : ""}>${cells}</tr>`;
	});
	const story = sentences.slice(0, -1).map((sentence) => `<li>${escaped(sentence)}</li>`);
	return `<p class="said">${escaped(sentences.at(-1) ?? "")}</p>
<h2>What happened</h2>
<div class="card">${pictureSvg(operations, marked, title)}</div>
<h2>Step by step</h2>
<div class="card"><ol>
${story.join("\n")}
</ol></div>
<h2>The fewest requests that prove it</h2>
<div class="card"><table>
<thead><tr>${TABLE_HEAD.map((head) => `<th>${head}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
}
