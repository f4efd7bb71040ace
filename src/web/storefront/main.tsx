/** The storefront: `/`, `/products/{sku}`, `/orders`, `/orders/{id}`. */
import "../shared/style.css";
import "./storefront.css";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { pageConfig } from "../shared/page-config.ts";
import { path, startRouter } from "../shared/router.ts";
import { T } from "../shared/strings.ts";
import { Layout } from "./layout.tsx";
import { NotFound } from "./not-found.tsx";
import { OrderList, OrderPage } from "./orders.tsx";
import { ProductList } from "./product-list.tsx";
import { ProductPage } from "./product-page.tsx";

function Page() {
	const [, room = "", name = ""] = path.value.split("/").map(decodeURIComponent);
	if (room === "") return <ProductList />;
	if (room === "products" && name !== "") return <ProductPage key={name} sku={name} />;
	if (room === "orders") return name === "" ? <OrderList /> : <OrderPage key={name} id={name} />;
	return <NotFound />;
}

function App() {
	const here = path.value;
	useEffect(() => {
		const { shopName } = pageConfig();
		if (here === "/") document.title = shopName;
		else if (here.startsWith("/orders")) document.title = `${T.orders} · ${shopName}`;
	}, [here]);
	return (
		<Layout>
			<Page />
		</Layout>
	);
}

startRouter();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
