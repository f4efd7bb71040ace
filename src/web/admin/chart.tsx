/** How a SKU's units moved over the last minutes. The same numbers stand beside it as a table. */
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { A } from "./strings.ts";

export const SERIES = ["available", "held", "paying", "sold", "waiting", "refused"] as const;
export type Sample = { readonly atMs: number } & Readonly<Record<(typeof SERIES)[number], number>>;

/** Told apart by dash as well as by colour. Each has a contrast of 3 to 1 on either ground. */
const LOOKS: Readonly<Record<(typeof SERIES)[number], { readonly colour: string; readonly dash?: number[] }>> = {
	available: { colour: "#17916f" },
	held: { colour: "#b8791a" },
	paying: { colour: "#c2570c", dash: [6, 3] },
	sold: { colour: "#3b76d8" },
	waiting: { colour: "#9a5cc6", dash: [2, 3] },
	refused: { colour: "#cf3f4f", dash: [8, 4, 2, 4] },
};

const HEIGHT_PX = 240;
const SHORTEST_SECONDS = 60;
/** Units come whole. */
const WHOLE_STEPS = [1, 10, 100, 1_000, 10_000, 100_000].flatMap((ten) => [1, 2, 5].map((step) => step * ten));

const dataOf = (samples: readonly Sample[]): UPlot.AlignedData => [
	samples.map(({ atMs }) => atMs / 1000),
	...SERIES.map((name) => samples.map((sample) => sample[name])),
];

export function Chart({ samples, label }: { readonly samples: readonly Sample[]; readonly label: string }) {
	const place = useRef<HTMLDivElement>(null);
	const plot = useRef<UPlot | null>(null);
	useEffect(() => {
		const element = place.current;
		if (element === null) return;
		const style = getComputedStyle(element);
		const axis = {
			stroke: style.color,
			grid: { stroke: style.getPropertyValue("--line") || "#888", width: 1 },
			ticks: { show: false },
		};
		plot.current = new UPlot(
			{
				width: element.clientWidth,
				height: HEIGHT_PX,
				// A minute at least, or the first seconds would be stretched over the whole width.
				scales: {
					x: { range: (_, least, most) => [Math.min(least, most - SHORTEST_SECONDS), most] },
					y: { range: (_, __, most) => [0, Math.max(5, Math.ceil(most * 1.05))] },
				},
				axes: [axis, { ...axis, incrs: WHOLE_STEPS, size: 56 }],
				// The numbers of now stand in the tiles above.
				legend: { live: false },
				cursor: { drag: { x: false, y: false } },
				series: [
					{},
					...SERIES.map((name) => ({
						label: A.counters[name],
						stroke: LOOKS[name].colour,
						width: 2,
						points: { show: false },
						...(LOOKS[name].dash ? { dash: LOOKS[name].dash } : {}),
						...(UPlot.paths.stepped ? { paths: UPlot.paths.stepped({ align: 1 }) } : {}),
					})),
				],
			},
			dataOf([]),
			element,
		);
		const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
		resized.observe(element);
		return () => {
			resized.disconnect();
			plot.current?.destroy();
			plot.current = null;
		};
	}, []);
	useEffect(() => {
		plot.current?.setData(dataOf(samples));
	}, [samples]);
	return <div class="chart" ref={place} role="img" aria-label={label} />;
}
