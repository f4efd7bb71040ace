/** What this deployment is, as far as a page may know it. */
import { pageConfig } from "../shared/page-config.ts";
import { A } from "./strings.ts";

export function Settings() {
	const { shopName, isLocal, paymentProvider, stripePublishableKey, sendsMail } = pageConfig();
	const rows = [
		[A.shopName, shopName],
		[A.environment, isLocal ? A.local : A.production],
		[A.provider, paymentProvider],
		[A.mail, isLocal ? A.mailIsShown : sendsMail ? A.set : A.mailIsOff],
		...(paymentProvider === "stripe" ? [[A.stripeKey, stripePublishableKey === "" ? A.missing : A.set]] : []),
	];
	return (
		<>
			<h1>{A.nav.settings}</h1>
			<p class="soft">{A.settingsLead}</p>
			<dl class="settings card">
				{rows.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
			</dl>
			<div class="actions">
				<a class="button" href="/docs">
					{A.apiReference}
				</a>
				<a class="button" href="/elements">
					{A.elements}
				</a>
			</div>
		</>
	);
}
