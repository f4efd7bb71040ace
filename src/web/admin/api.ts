/** The admin API of this page, and who is signed in. The token is kept for the tab, and in no cookie. */
import { signal } from "@preact/signals";
import { createAdmin } from "../../client/index.ts";

const KEY = "holdfast.admin";

export const token = signal<string | null>(sessionStorage.getItem(KEY));

export const admin = createAdmin({ token: () => token.value });

/** @returns "ok" when the token is the shop's, and is kept from now on */
export async function signIn(candidate: string): Promise<"ok" | "wrong" | "not-configured"> {
	const result = await createAdmin({ token: candidate === "" ? null : candidate }).listDefinedProducts({ limit: 1 });
	if (result.ok) {
		sessionStorage.setItem(KEY, candidate);
		token.value = candidate;
		return "ok";
	}
	return result.problem.type === "/problems/not-configured" ? "not-configured" : "wrong";
}

export function signOut(): void {
	sessionStorage.removeItem(KEY);
	token.value = null;
}
