/**
 * The text that Prometheus reads. Pure.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

export interface Metric {
	readonly name: string;
	/** What it counts, in one sentence. */
	readonly help: string;
	readonly samples: readonly Sample[];
}

export interface Sample {
	readonly labels?: Readonly<Record<string, string>>;
	readonly value: number;
}

/** All of them as gauges: the objects' books say what is, and a restart counts nothing anew. */
export const prometheusText = (metrics: readonly Metric[]): string =>
	metrics
		.map(({ name, help, samples }) =>
			[`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} gauge`, ...samples.map((each) => line(name, each)), ""].join(
				"\n",
			),
		)
		.join("");

function line(name: string, { labels = {}, value }: Sample): string {
	const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text).replaceAll('"', '\\"')}"`);
	return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
