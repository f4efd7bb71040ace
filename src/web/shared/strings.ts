/** Every English text of the shop's pages and elements. A translation replaces this file. */

const units = (count: number): string => (count === 1 ? "1 unit" : `${count} units`);
const unitsAre = (count: number): string => (count === 1 ? "1 unit is" : `${count} units are`);
const people = (count: number): string => (count === 1 ? "1 person" : `${count} people`);

export const T = {
	// ---- Everywhere
	skip: "Skip to the content",
	products: "Products",
	orders: "Your orders",
	bag: "Your bag",
	bagCount: (count: number) => `Your bag, ${units(count)}`,
	close: "Close",
	loading: "Loading…",
	retry: "Try again",
	quantity: "Quantity",
	total: "Total",
	footer: "What is held for you is yours until its clock ends. The clocks and the numbers are the shop's own.",

	// ---- Connection
	offline: "No connection to the shop. What you hold stays yours until its time ends. Trying again…",

	// ---- Problems
	failed: "The shop did not answer. Nothing was taken from you. Try again.",
	notFound: "There is nothing here.",
	notFoundHelp: "The address may be mistyped, or the product is not sold any more.",
	backToProducts: "See all products",
	limitExceeded: (limit: number) => `At most ${units(limit)} for each shopper. You have that many already.`,
	tooManyHeld: "You hold very many products already. Pay for some of them, or give some back.",
	soldOutNow: "Somebody was faster: the last unit has just gone. You have paid nothing.",
	saleNotOpen: "The sale is not open.",
	inCheckout: "These units are in a checkout. Pay for it or cancel it first.",
	extensionLimit: "The time cannot be extended any more.",
	challenge: "Are you a person?",
	challengeFailed: "The shop could not tell that you are a person. Reload the page, and try again.",
	tooManyRequests: "That was very fast. Wait a moment, and try again.",

	// ---- The list
	emptyShop: "Nothing is for sale yet.",
	emptyShopHelp: "The shop's owner adds products on the admin page.",
	status: {
		in_stock: "In stock",
		all_held: "All held: join the waitlist",
		preorder: "Pre-order",
		sold_out: "Sold out",
		not_started: "Coming soon",
		ended: "Sale ended",
	},
	startsInShort: "Starts in",
	left: (available: number) => `${available} left`,
	perShopper: (limit: number) => `${limit} for each shopper`,

	// ---- One product
	startsIn: "The sale starts in",
	startsAt: (when: string) => `Starts ${when}`,
	buy: "Hold it for me",
	buyHelp: "It is yours while you pay. Nobody else can take it meanwhile.",
	allHeld: "None is free: the last ones are held by other shoppers.",
	allHeldHelp: (held: number, waiting: number) =>
		waiting === 0
			? `At most ${units(held)} can come back, and nobody waits yet.`
			: `At most ${units(held)} can come back, and ${unitsAre(waiting)} waited for before you. You may get none.`,
	wait: "Wait in line",
	waitHelp: "Joining costs nothing. When a unit comes back, it is held for the first in line.",
	held: (quantity: number) => (quantity === 1 ? "It is held for you" : `${quantity} are held for you`),
	heldFor: "Time left to check out",
	offered: "Your turn: a unit came back, and it is held for you",
	extend: "Give me more time",
	extendedByNothing: "You have more time left than that would give you, so nothing was used up.",
	extensionsLeft: (left: number) => (left === 1 ? "once more" : `${left} more times`),
	giveBack: "Give it back",
	gaveBack: "Given back. Somebody else can have it now.",
	goPay: "Open the bag",
	waiting: "You are in line",
	ahead: (ahead: number) => (ahead === 0 ? "You are next." : `${people(ahead)} ahead of you.`),
	aheadHelp: (held: number) =>
		held === 0
			? "No unit is held by anybody just now: you get one when the shop restocks."
			: `${unitsAre(held)} held or being paid for: you get one when enough is given back.`,
	mailTo: "Mail me when it is my turn",
	mailToOptional: "Mail me when it is my turn (optional)",
	mailToHelp: (span: string) =>
		`One mail. From the moment it is your turn you have ${span} to buy, however long the mail takes. Your address is forgotten then.`,
	mailToWrong: "Write an e-mail address, such as ada@example.com.",
	mailMe: "Mail me",
	mailComes: (span: string) =>
		`A mail will tell you when it is your turn. From then on you have ${span} to buy, in this browser.`,
	mailNone: "Do not mail me",
	leaveLine: "Leave the line",
	leftLine: "You have left the line.",
	paying: "You are paying for this",
	payingHelp: "It is kept for you while the payment is open.",
	openPayment: "Go on with the payment",
	preorder: "Not in stock: order it in advance",
	preorderExpected: (when: string) => `Expected ${when}.`,
	preorderUnknown: "When it comes is not known yet.",
	preorderTerms: (version: string) =>
		`I order in advance and pay now. I can cancel and get everything back until it is filled. (Terms ${version})`,
	preorderButton: "Pre-order",
	preorderRemaining: (remaining: number) => `${units(remaining)} can still be pre-ordered.`,
	preorderInBag: "The pre-order is in your bag.",
	soldOut: "Sold out",
	soldOutHelp: "Nothing is held that could come back. This page shows it at once when the shop restocks.",
	ended: "The sale has ended",
	expired: "Your time ran out. What was held for you is free for others now.",
	bought: "You have bought this.",
	seeOrders: "See your orders",
	numbers: (available: number, held: number) => `${units(available)} free, ${held} held or being paid for.`,
	freshness: {
		live: "Updated live.",
		polling: "Updated every few seconds.",
		offline: "Not up to date.",
	},

	// ---- The bag
	bagEmpty: "Nothing is held for you.",
	remove: "Remove",
	email: "E-mail for the order",
	emailHelp: "Used for this order only.",
	emailMissing: "Write your e-mail address.",
	checkout: "Pay",
	checkoutPriced: (price: string) => `Continue to payment: ${price}`,
	termsMissing: "Accept the terms of the pre-order first.",
	termsChanged: "The terms of the pre-order have changed. Read the new ones.",
	unavailable: "Not everything in your bag can be had. Nothing was charged:",
	refusedBecause: {
		"sold-out": "sold out",
		"limit-exceeded": "more than one shopper may have",
		"sale-not-open": "the sale is not open",
		"in-checkout": "already in a checkout of yours",
		"unknown-sku": "not sold any more",
		"currencies-differ": "priced in another currency than the rest",
		"terms-changed": "the terms have changed",
	} as Readonly<Record<string, string>>,

	// ---- Paying
	payTitle: "Payment",
	payBefore: "Pay within",
	cardTitle: "Card",
	sandboxHelp: "A demo on this machine: no money moves. Choose what the bank will do.",
	outcome: {
		approve: "The bank approves",
		decline: "The bank declines",
		slow: "The bank approves after 5 seconds",
		late: "The confirmation comes too late, after the clock has ended",
	},
	payNow: (price: string) => `Pay ${price}`,
	shopTakesPayment: "The shop takes this payment itself. Your units are put aside until the clock ends.",
	shipTo: "Sent to",
	cancelCheckout: "Cancel, and keep what I hold",
	declined: "The bank declined this card. Try again, or use another one.",
	working: "Your bank is asked. This takes a few seconds.",
	committing: "Paid. Your units are being put aside for you…",
	completed: "Thank you: it is yours.",
	seeOrder: "See the order",
	checkoutExpired: "The time to pay is over. Nothing was charged.",
	checkoutCancelled: "This checkout was cancelled. Nothing was charged.",
	checkoutRefunded: "The units were gone when your payment came. Your money goes back to you.",
	stripeBlocked: "The payment form did not load. A blocker may keep it away: your units stay held meanwhile.",
	notConfigured: "This shop cannot take payments yet.",

	// ---- Elements
	getIt: (price: string) => `Hold one for me, ${price}`,
	stockLeft: (available: number) => (available === 1 ? "1 left" : `${available} left`),
	nothingHeld: "Nothing is held for you.",
	payFor: "Pay for it",

	// ---- Orders
	confirmationFor: (email: string) => `For ${email}`,
	allOrders: "All orders",
	noOrders: "You have ordered nothing yet.",
	order: (id: string) => `Order ${id}`,
	orderedAt: (when: string) => `Ordered ${when}`,
	orderStatus: {
		paid: "Paid",
		partially_refunded: "Partly refunded",
		refunded: "Refunded",
		disputed: "Disputed at your bank",
	} as Readonly<Record<string, string>>,
	preorderStatus: {
		owed: (when: string | null) => (when === null ? "Pre-ordered: we owe it to you" : `Pre-ordered, expected ${when}`),
		filled: "Pre-order filled: it is here",
		cancelled: "Pre-order cancelled",
	},
	refunded: (price: string) => `${price} refunded`,
	refundPending: (price: string) => `${price} on its way back to you`,
	refundedUnits: (count: number) => `${units(count)} refunded`,
	saveTheAddress: "Only this browser knows that the order is yours. Keep the confirmation that was sent to you.",
};
