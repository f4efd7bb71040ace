/** Refuses addresses of webhooks that are never called, where a merchant names one. */
import { type AddressRefusal, addressRefusal } from "../webhooks/rules/address.ts";
import { invalidRequest } from "./route.ts";

const REFUSED_ADDRESSES: Readonly<Record<AddressRefusal, string>> = {
	"not-a-url": "must be an absolute https URL",
	"not-https": "must be an https URL",
	"has-credentials": "must not carry a user name or password",
	"not-public": "must be an address of the public internet",
};

/** @throws Problem `invalid-request` for an address that is not called */
export function requireAddress(url: string, env: Pick<Env, "ENVIRONMENT">): void {
	const refusal = addressRefusal(url, env.ENVIRONMENT === "local");
	if (refusal !== null) throw invalidRequest([{ path: ["url"], message: REFUSED_ADDRESSES[refusal] }]);
}
