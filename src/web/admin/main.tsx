/** The admin page: `/admin`, with its screens behind the `#` of the address. */
import "../shared/style.css";
import "./admin.css";
import { signal } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { pageConfig } from "../shared/page-config.ts";
import { signIn, signOut, token } from "./api.ts";
import { AskProvider } from "./ask.tsx";
import { BooksScreen } from "./books.tsx";
import { CheckoutScreen } from "./checkout.tsx";
import { Form, TextField, useAction } from "./form.tsx";
import { lazy } from "./lazy.tsx";
import { OrderScreen } from "./order.tsx";
import { Orders } from "./orders.tsx";
import { Overview } from "./overview.tsx";
import { Preorders } from "./preorders.tsx";
import { ProductScreen } from "./product.tsx";
import { NewProduct, Products } from "./products.tsx";
import { Settings } from "./settings.tsx";
import { A } from "./strings.ts";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
	hash.value = location.hash;
});

const NAV = ["overview", "products", "orders", "preorders", "books", "files", "settings"] as const;

const Files = lazy(async () => (await import("./files.tsx")).Files);

function Screen() {
	const [, room = "", name = "", tab = ""] = hash.value.split("/").map(decodeURIComponent);
	switch (room) {
		case "":
		case "overview":
			return <Overview />;
		case "products":
			return name === "" ? <Products /> : <ProductScreen key={name} sku={name} tab={tab} />;
		case "new":
			return <NewProduct />;
		case "orders":
			return name === "" ? <Orders /> : <OrderScreen key={name} id={name} />;
		case "preorders":
			return <Preorders />;
		case "checkouts":
			return <CheckoutScreen key={name} id={name} />;
		case "books":
			return <BooksScreen />;
		case "files":
			return <Files />;
		default:
			return <Settings />;
	}
}

function Frame() {
	const main = useRef<HTMLElement>(null);
	const isFirst = useRef(true);
	const [, room = "", name = ""] = hash.value.split("/");
	// A reader of the screen has to learn that the screen has changed.
	useEffect(() => {
		if (!isFirst.current) main.current?.focus();
		isFirst.current = false;
	}, [room, name]);
	const here = room === "" ? "overview" : room;
	return (
		<AskProvider>
			<button type="button" class="skip-link" onClick={() => main.current?.focus()}>
				{A.skip}
			</button>
			<div class="frame">
				<header class="side">
					<a class="brand" href="#/overview">
						{pageConfig().shopName}
					</a>
					<nav aria-label={A.title}>
						{NAV.map((one) => (
							<a key={one} class="nav-link" href={`#/${one}`} aria-current={one === here ? "page" : undefined}>
								{A.nav[one]}
							</a>
						))}
					</nav>
					<div class="side-end">
						<a href="/">{A.shop}</a>
						<button type="button" class="button small" onClick={signOut}>
							{A.signOut}
						</button>
					</div>
				</header>
				<main id="content" tabIndex={-1} ref={main}>
					<Screen />
				</main>
			</div>
		</AskProvider>
	);
}

function SignIn() {
	const [candidate, setCandidate] = useState("");
	const [error, setError] = useState("");
	const action = useAction();
	// Cloudflare Access lets a merchant in without a token.
	useEffect(() => {
		if (pageConfig().hasAccess) void signIn("").catch(() => {});
	}, []);
	const submit = () =>
		action.run(async () => {
			const result = await signIn(candidate.trim());
			setError({ ok: "", wrong: A.tokenWrong, "not-configured": A.notConfigured }[result]);
			return "";
		});
	return (
		<main class="sign-in">
			<Form {...{ action, button: A.signIn, onSubmit: submit }}>
				<h1>{A.signIn}</h1>
				<TextField
					{...{ label: A.token, hint: A.tokenHelp, error, value: candidate, type: "password", required: true }}
					onInput={setCandidate}
				/>
			</Form>
		</main>
	);
}

const App = () => (token.value === null ? <SignIn /> : <Frame />);

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
