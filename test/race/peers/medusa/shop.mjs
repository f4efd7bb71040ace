/** Makes Medusa's tables, starts it, and gives it a region, a place with stock, a way of shipping and keys. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createApiKeysWorkflow } from "@medusajs/medusa/core-flows";
import loaders from "@medusajs/medusa/loaders/index";
import express from "express";

const { PORT } = process.env;
const DATABASE = ["db:migrate", "--skip-scripts", "--execute-safe-links"];
execFileSync(process.execPath, ["node_modules/@medusajs/cli/cli.js", ...DATABASE], { stdio: "inherit" });

const app = express();
const { container } = await loaders.default({ directory: import.meta.dirname, expressApp: app });
await once(app.listen(Number(PORT), "127.0.0.1"), "listening");

const adminKey = { type: "secret", title: "merchant", created_by: "" };
const { result: keys } = await createApiKeysWorkflow(container).run({ input: { api_keys: [adminKey] } });
const secret = keys[0].token;
const admin = async (path, body) => {
	const response = await fetch(`http://127.0.0.1:${PORT}/admin/${path}`, {
		method: "POST",
		headers: { "content-type": "application/json", authorization: `Basic ${btoa(`${secret}:`)}` },
		body: JSON.stringify(body),
	});
	if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
	return await response.json();
};
const usd = { currency_code: "usd" };
const { sales_channel: channel } = await admin("sales-channels", { name: "Shop" });
const providers = { payment_providers: ["pp_card_card"] };
const { region } = await admin("regions", { name: "US", ...usd, countries: ["us"], ...providers });
const { stock_location: location } = await admin("stock-locations", { name: "Store" });
await admin(`stock-locations/${location.id}/sales-channels`, { add: [channel.id] });
await admin(`stock-locations/${location.id}/fulfillment-providers`, { add: ["manual_manual"] });
const { stock_location: shipping } = await admin(
	`stock-locations/${location.id}/fulfillment-sets?fields=*fulfillment_sets`,
	{ name: "Post", type: "shipping" },
);
const zone = { name: "US", geo_zones: [{ type: "country", country_code: "us" }] };
const { fulfillment_set: fulfillment } = await admin(
	`fulfillment-sets/${shipping.fulfillment_sets[0].id}/service-zones`,
	zone,
);
const { shipping_profile: profile } = await admin("shipping-profiles", { name: "Parcel", type: "default" });
const { shipping_option: option } = await admin("shipping-options", {
	...{ name: "Post", service_zone_id: fulfillment.service_zones[0].id, shipping_profile_id: profile.id },
	...{ provider_id: "manual_manual", price_type: "flat", prices: [{ ...usd, amount: 4.9 }] },
	type: { label: "Post", description: "By post", code: "post" },
});
const { api_key: storefront } = await admin("api-keys", { type: "publishable", title: "storefront" });
await admin(`api-keys/${storefront.id}/sales-channels`, { add: [channel.id] });

process.stdin.once("end", () => process.exit()).resume();
const ids = { channel: channel.id, region: region.id, location: location.id, profile: profile.id, option: option.id };
console.log(`ready ${JSON.stringify({ secret, storefront: storefront.token, ...ids })}`);
