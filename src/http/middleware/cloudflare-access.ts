/**
 * A merchant who signs in with Cloudflare Access instead of the admin token. Access sits in front of `/admin` and adds
 * a token that is signed with the team's own keys.
 * https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
 *
 * A token is valid only for the configured team and the configured application. Without both settings no token is read.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { MAX_ACTOR } from "../../limits.ts";

export const ACCESS_HEADER = "cf-access-jwt-assertion";

export interface AccessSettings {
	/** `https://<team>.cloudflareaccess.com`, or empty. */
	readonly ACCESS_TEAM_URL: string;
	/** The application's audience tag, or empty. */
	readonly ACCESS_AUDIENCE: string;
}

export const accessIsConfigured = (settings: AccessSettings): boolean =>
	settings.ACCESS_TEAM_URL !== "" && settings.ACCESS_AUDIENCE !== "";

/** The team's keys, fetched on first use and again when they are rotated; kept for the life of the isolate. */
let teamKeys: { readonly url: string; readonly keys: JWTVerifyGetKey } | null = null;

function keysOf(teamUrl: string): JWTVerifyGetKey {
	const url = `${teamUrl}/cdn-cgi/access/certs`;
	if (teamKeys?.url !== url) teamKeys = { url, keys: createRemoteJWKSet(new URL(url)) };
	return teamKeys.keys;
}

/** jose throws these when the set cannot be fetched, or is not one: then nothing is known of the token. */
const KEY_SET_ERRORS: readonly string[] = [errors.JOSEError.code, errors.JWKSTimeout.code, errors.JWKSInvalid.code];

/**
 * Whom a token names that is Access's, for this team and application, and not expired; null when it is not.
 * @param keys instead of the team's published keys, for tests
 * @throws Error when the keys cannot be fetched
 */
export async function accessIdentity(
	settings: AccessSettings,
	token: string,
	nowMs: number,
	keys: JWTVerifyGetKey = keysOf(settings.ACCESS_TEAM_URL),
): Promise<string | null> {
	try {
		const { payload } = await jwtVerify(token, keys, {
			algorithms: ["RS256"],
			issuer: settings.ACCESS_TEAM_URL,
			audience: settings.ACCESS_AUDIENCE,
			requiredClaims: ["exp"],
			currentDate: new Date(nowMs),
		});
		return nameIn(payload);
	} catch (error) {
		if (error instanceof errors.JOSEError && !KEY_SET_ERRORS.includes(error.code)) return null;
		throw error;
	}
}

/** A person has an e-mail address there, and a service token the name that it was given (`common_name`). */
function nameIn({ email, common_name: service, sub }: JWTPayload): string {
	const name = [email, service, sub].find((claim) => typeof claim === "string" && claim !== "");
	return typeof name === "string" ? name.slice(0, MAX_ACTOR) : "access";
}
