/**
 * Somebody with a browser of their own. Whatever they do, their pages write no error to the console, break no rule of
 * their content security policy, and ask nobody but the shop: `leave` fails the test otherwise.
 */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { CHROMIUM } from "./chromium.ts";

let browser: Browser | null = null;

export interface VisitorOptions {
	readonly width?: number;
	readonly scheme?: "light" | "dark";
	/** How far the clock of their laptop is off. */
	readonly clockOffMs?: number;
	/** Addresses beside the shop's that their pages may ask: none but for a page of another shop. */
	readonly alsoAsks?: readonly string[];
	/** A text of an error that the test provokes. */
	readonly expectedError?: RegExp;
}

export class Visitor {
	readonly page: Page;
	readonly #context: BrowserContext;
	readonly #complaints: string[] = [];

	static async arrive(origin: string, options: VisitorOptions = {}): Promise<Visitor> {
		browser ??= await chromium.launch({
			...(CHROMIUM === null ? {} : { executablePath: CHROMIUM }),
			args: ["--no-sandbox"],
		});
		const { width = 1280, scheme = "light" } = options;
		const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
		context.setDefaultTimeout(30_000);
		await context.addInitScript(collectViolations);
		if (options.clockOffMs) await context.addInitScript(shiftClock, options.clockOffMs);
		return new Visitor(context, await context.newPage(), origin, options);
	}

	private constructor(context: BrowserContext, page: Page, origin: string, options: VisitorOptions) {
		this.#context = context;
		this.page = page;
		const allowed = [origin, ...(options.alsoAsks ?? [])];
		page.on("console", (message) => {
			const text = message.text();
			if (message.type() === "error" && !options.expectedError?.test(text)) this.#complaints.push(`console: ${text}`);
		});
		page.on("pageerror", (error) => this.#complaints.push(`error: ${error.message}`));
		page.on("request", (request) => {
			const url = request.url();
			if (/^(data|blob|about):/.test(url)) return;
			if (!allowed.includes(new URL(url).origin)) this.#complaints.push(`asks ${url}`);
		});
	}

	/** Whether the page is wider than the screen. */
	async overflows(): Promise<boolean> {
		return this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
	}

	/** What broke the content security policy since the page was loaded. */
	async violations(): Promise<string[]> {
		return this.page.evaluate(() => (globalThis as unknown as { violations?: string[] }).violations ?? []);
	}

	async leave(): Promise<void> {
		const violations = await this.violations().catch(() => []);
		const cookies = await this.#context.cookies();
		await this.#context.close();
		expect([...this.#complaints, ...violations, ...cookies.map(({ name }) => `cookie ${name}`)]).toEqual([]);
	}
}

export async function closeBrowser(): Promise<void> {
	await browser?.close();
	browser = null;
}

/** Runs in the page. */
function collectViolations(): void {
	const violations: string[] = [];
	Object.assign(globalThis, { violations });
	document.addEventListener("securitypolicyviolation", (event) => {
		violations.push(`policy: ${event.violatedDirective} ${event.blockedURI}`);
	});
}

/** Runs in the page: a laptop whose clock is wrong. */
function shiftClock(offMs: number): void {
	const RealDate = Date;
	globalThis.Date = class extends RealDate {
		constructor(...args: unknown[]) {
			super(...((args.length === 0 ? [RealDate.now() + offMs] : args) as [number]));
		}
		static override now(): number {
			return RealDate.now() + offMs;
		}
	} as DateConstructor;
}
