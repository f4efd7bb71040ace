/**
 * Asks Cloudflare Turnstile whether a person, or at least a browser, wants to become a shopper. Shoppers cost nothing, so a
 * script makes as many as it has addresses; with Turnstile each costs it a solved challenge.
 *
 * It is asked only where `TURNSTILE_SECRET_KEY` is set. Then nobody gets a token without it: also when Turnstile cannot be
 * asked, since a shop that configured it does not want scripts in just then.
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
import { RETRY_AFTER_SECONDS, TURNSTILE_PATIENCE_MS } from "../../limits.ts";
import { messageOf } from "../../platform/errors.ts";
import { log } from "../../platform/log.ts";
import { Problem, retryAfter } from "../problems.ts";

const VERIFY_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

export const asksTurnstile = (env: Partial<Pick<Env, "TURNSTILE_SECRET_KEY">>): boolean =>
	env.TURNSTILE_SECRET_KEY !== undefined && env.TURNSTILE_SECRET_KEY !== "";

/**
 * @param token what the widget gave the page. It is worth something once, for five minutes
 * @throws Problem `challenge-required`, `challenge-failed` or `temporarily-unavailable`
 */
export async function requireHuman(env: Env, token: string | undefined): Promise<void> {
	if (!asksTurnstile(env)) return;
	if (token === undefined) {
		throw new Problem("challenge-required", "Solve the challenge first, and send what it gives as `turnstileToken`.", {
			members: { siteKey: env.TURNSTILE_SITE_KEY },
		});
	}
	const verdict = await ask(env.TURNSTILE_SECRET_KEY, token);
	if (verdict === "human") return;
	if (verdict === "unknown") {
		throw new Problem("temporarily-unavailable", "The challenge cannot be checked just now. Try again.", {
			headers: retryAfter(RETRY_AFTER_SECONDS),
		});
	}
	throw new Problem("challenge-failed", "The challenge was not solved, or its answer was used before or is too old.", {
		members: { siteKey: env.TURNSTILE_SITE_KEY },
	});
}

interface Answer {
	readonly success?: unknown;
	readonly "error-codes"?: unknown;
}

/** Turnstile's own trouble, and ours: they say nothing of the visitor. */
const NOT_THE_VISITORS = ["internal-error", "missing-input-secret", "invalid-input-secret", "bad-request"];

/** The visitor's address is not sent: it is nobody's business but the platform's, and not needed. */
async function ask(secret: string, response: string): Promise<"human" | "refused" | "unknown"> {
	try {
		const signal = AbortSignal.timeout(TURNSTILE_PATIENCE_MS);
		const answer = await fetch(VERIFY_URL, { method: "POST", body: new URLSearchParams({ secret, response }), signal });
		const { success, "error-codes": errorCodes }: Answer = await answer.json();
		if (success === true) return "human";
		const codes = Array.isArray(errorCodes) ? errorCodes : [];
		if (success === false && !codes.some((code) => NOT_THE_VISITORS.includes(code))) return "refused";
		log("challenge-unavailable", { status: answer.status, codes: codes.map(String) });
	} catch (error) {
		log("challenge-unavailable", { error: messageOf(error) });
	}
	return "unknown";
}
