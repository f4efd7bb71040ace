/** Which Chromium the tests use, and what to do where there is none. */
import { existsSync } from "node:fs";

const PLACES = [
	process.env["CHROME_PATH"] ?? "",
	"/usr/lib/chromium/chromium-headless-shell",
	"/usr/bin/chromium-headless-shell",
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
	"/usr/bin/google-chrome",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The path of a Chromium; null where none is installed. */
export const CHROMIUM = PLACES.find((path) => path !== "" && existsSync(path)) ?? null;

const HOW_TO = `No Chromium was found, so the tests in a real browser are SKIPPED. On Debian:
  apt-get install --no-install-recommends chromium-headless-shell
or name one: CHROME_PATH=/path/to/chrome npm test`;

/** Whether the tests in a browser have to be skipped. In CI a missing browser is an error, and never passes unseen. */
export function isWithoutBrowser(): boolean {
	if (CHROMIUM !== null) return false;
	if (process.env["CI"]) throw new Error(HOW_TO);
	console.warn(HOW_TO);
	return true;
}
