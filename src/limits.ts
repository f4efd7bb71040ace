/**
 * Every bound and every default, each with its reason. A number that limits what a caller may do stands here and
 * nowhere else. Numbers of requests per minute stand in wrangler.toml, where the platform wants them.
 */

// ---- Defaults of a SKU's policy (a merchant sets any of them per SKU)

/** Ten minutes to fill in an address: shops that hold stock commonly give as long. */
export const DEFAULT_HOLD_SECONDS = 600;
/** Shorter than a hold: a promoted shopper was waiting for the units, and others wait behind. */
export const DEFAULT_OFFER_SECONDS = 300;
/** An hour: a mail is seen within one by most who wait for it, and units that wait for longer are lost to those behind. */
export const DEFAULT_OFFER_SECONDS_ABSENT = 3_600;
/** Long enough for a bank's confirmation in a second app. */
export const DEFAULT_PAYMENT_WINDOW_SECONDS = 900;
/** A bank confirms a payment that began in the last second of the window within this time. */
export const DEFAULT_PAYMENT_GRACE_SECONDS = 120;
/**
 * With the default hold, a reservation lasts 40 minutes at most. A checkout that is opened then pins it for 17 more.
 */
export const DEFAULT_MAX_EXTENSIONS = 3;

// ---- Bounds of a policy

/** A day. What is held for longer is as good as sold. */
export const MAX_SECONDS = 86_400;
export const MAX_EXTENSIONS = 100;

// ---- Bounds of what a request may carry

/** No request of this API comes near it; a larger body is refused before it is read. */
export const MAX_BODY_BYTES = 64 * 1024;
/** A cart beyond this is a wholesale order. It also bounds the objects that one checkout calls. */
export const MAX_LINES = 20;
/** Units in one reservation or line. */
export const MAX_QUANTITY = 10_000;
/** Units in one restock or adjustment. A thousand such restocks still sum exactly in a double. */
export const MAX_RESTOCK = 1_000_000_000;
/** Minor units for one unit of a SKU. Times MAX_QUANTITY and MAX_LINES it stays below 2^53, so totals are exact. */
export const MAX_PRICE_MINOR = 10_000_000_000;
/** Amounts of a checkout that are not lines': a shop has a handful. */
export const MAX_ADJUSTMENTS = 20;
/** As Stripe bounds the metadata of an object. https://docs.stripe.com/api/metadata */
export const MAX_METADATA_KEYS = 50;
export const MAX_METADATA_KEY = 40;
export const MAX_METADATA_VALUE = 500;
/** One part of an address: more than fits on a label. */
export const MAX_ADDRESS_PART = 200;
export const MAX_TITLE = 200;
export const MAX_DESCRIPTION = 2_000;
export const MAX_URL = 2_000;
export const MAX_NOTE = 200;
/** For how long Turnstile is waited for: it mostly answers within a second, and a shopper waits. */
export const TURNSTILE_PATIENCE_MS = 5_000;
/** Characters of an answer to a challenge: the most that Turnstile gives. */
export const MAX_TURNSTILE_TOKEN = 2_048;
/** Characters of who did something, as Cloudflare Access names them: room for any e-mail address. */
export const MAX_ACTOR = 254;
/** The longest address that mail can be sent to (RFC 5321, section 4.5.3.1.3). */
export const MAX_EMAIL = 254;
/** Characters of a title in the subject of a mail: the line stays readable in a list, and far below 998 (RFC 5322). */
export const MAX_SUBJECT_TITLE = 80;
export const MAX_IDEMPOTENCY_KEY = 255;
/** A caller's own id of a request, given back to them and written into the log. */
export const MAX_REQUEST_ID = 255;
/** What an invalid request is told at most; the first few mistakes name the cause. */
export const MAX_REPORTED_ERRORS = 20;

// ---- Pages of lists

export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 200;
/** Each product in a page asks its own object for what is available, so these pages are small. */
export const DEFAULT_PRODUCT_PAGE = 20;
export const MAX_PRODUCT_PAGE = 50;
/** Longer than any cursor of our own making. */
export const MAX_CURSOR = 200;

// ---- How often

/** The period of every rate limit in wrangler.toml. After it, asking again makes sense. */
export const RATE_PERIOD_SECONDS = 60;
/**
 * Requests in that period, by the limiters of wrangler.toml, which has the reasons. A binding does not say its own numbers, and
 * callers are told them (`RateLimit-Policy`): who changes one there changes it here, and a test compares them.
 */
export const RATE_QUOTAS = {
	RATE_TOKENS: 600,
	RATE_ADDRESS: 3_000,
	RATE_RESERVATIONS: 120,
	RATE_CHECKOUTS: 30,
	RATE_READS: 12_000,
	RATE_SHOPPER_READS: 240,
	RATE_REFUSALS: 20,
} as const;
/** Addresses of which an isolate remembers that they sent too many wrong admin tokens: some hundred kilobytes. */
export const BARRED_ADDRESSES = 1_000;
/**
 * The longest `Retry-After` before a sale: a client that sleeps for days would miss a merchant who opens it earlier.
 */
export const MAX_RETRY_AFTER_SECONDS = 3_600;
/** How long a browser may keep the answer to a preflight. Chrome keeps none for longer. */
export const PREFLIGHT_SECONDS = 7_200;

/**
 * SKUs of which one shopper may have something at once, held, waiting or in checkouts: two full carts and some more.
 * All of their objects have to be asked which still count, and that stays far below the subrequests that one request
 * may make.
 */
export const MAX_SKUS_HELD = 50;
/**
 * In a shop of no more SKUs nobody is counted: half of the limit, so that holds are noted for a while before a shop that
 * grows has more than a shopper may hold.
 */
export const SMALL_SHOP_SKUS = MAX_SKUS_HELD / 2;
/**
 * How long an isolate believes that the shop has too few SKUs for that limit to matter. A merchant who defines dozens of
 * them meanwhile has a brake that begins a minute later.
 */
export const SHOP_SIZE_MS = 60_000;
/** The pause between two such rounds of questions for a shopper who keeps asking for more. */
export const HELD_SKUS_CHECK_MS = 5_000;
/** How long each of them is waited for. A SKU that does not answer by then counts as held, until it is asked again. */
export const HELD_SKUS_TIMEOUT_MS = 2_000;
/** Shoppers of whom an isolate remembers that they once had too many SKUs: a megabyte at most. */
export const FLAGGED_SHOPPERS = 10_000;

// ---- Tokens

/** Shoppers often come back to a cart within a month. */
export const SHOPPER_TOKEN_SECONDS = 30 * 86_400;
/** A merchant may ask for tokens of up to a year for its own customers. */
export const MAX_SHOPPER_TOKEN_SECONDS = 365 * 86_400;
/** A shorter secret could be guessed from one token offline (RFC 7518, section 3.2: at least the hash's 256 bits). */
export const MIN_SECRET_LENGTH = 32;

// ---- Checkouts

/** A checkout that has no lines or no payment by then gives up, and releases what it pinned. */
export const OPENING_MS = 60_000;
/**
 * How old an attempt may be that still pins at a SKU: it has given up opening long before, and the clocks of two machines
 * differ by less. A pin that comes later was left behind by a call that was repeated.
 */
export const MAX_PIN_AGE_MS = 2 * OPENING_MS;
/** The first pause before a failed effect is tried again. It doubles each time, up to the second number. */
export const RETRY_FIRST_MS = 1_000;
export const RETRY_MOST_MS = 60_000;
/**
 * Tries at what the provider or a SKU does not do, some 25 minutes of them. After that a person should know: the checkout
 * names it, and each sweep makes one more try.
 */
export const MAX_SETTLE_TRIES = 30;
/** Refunds that the shopper's bank may send back before a person has to decide. */
export const MAX_REFUND_RETURNS = 3;
/**
 * The first wait for an answer that only the shopper's bank can give, which doubles up to the second number, and how
 * many such waits there are: three and a half weeks, longer than any bank debit takes.
 */
export const WAIT_FIRST_MS = 15_000;
export const WAIT_MOST_MS = 6 * 3_600_000;
export const MAX_WAITS = 96;
/** How old the answer to a read may be when a payment is called off by it. */
export const FRESH_READ_MS = 1_000;
/** How long one effect of a checkout may take. A little longer than the call inside it, which then says why it failed. */
export const EFFECT_TIMEOUT_MS = 12_000;
/**
 * How long a reader waits for what a checkout is doing. Who asks right after paying usually sees the end, and a provider
 * that hangs delays nobody.
 */
export const READ_PATIENCE_MS = 300;
/** How long a refund without a key counts as the same request when it comes again: a call is repeated within a second. */
export const REPEATED_REFUND_MS = 10_000;
/** How long an order may take to reach D1 before it is sent again. It doubles each time, up to the second number. */
export const RESEND_FIRST_MS = 10_000;
export const RESEND_MOST_MS = 600_000;

/**
 * How long a checkout that ended without a sale keeps its shopper's e-mail address, and its object anything at all. Within
 * it come a late payment, its webhooks and a shopper's question; a month is also what a request to be erased may take
 * (GDPR, Article 12).
 */
export const KEEP_ENDED_MS = 30 * 86_400_000;
/** SKUs, and checkouts of D1's lists, that one call of `erase` goes through: each is a call to its object. */
export const ERASE_PAGE = 50;
/**
 * Checkouts of one shopper, of each kind, that a SKU names to `erase`, because D1 may not have them yet: more than a shopper can
 * open in a minute.
 */
export const ERASE_NAMED = 50;
/** Of those, how many at once. */
export const ERASE_AT_ONCE = 10;
/** Ended checkouts that one batch of the queue takes off D1's list when they are too old to have anything. */
export const PRUNED_ENDED_CHECKOUTS = 500;

// ---- Payment providers

/** How long a provider's answer is waited for. Stripe's slowest ordinary calls take a few seconds. */
export const PROVIDER_TIMEOUT_MS = 10_000;
/** How long the service that sends mail is waited for. */
export const MAIL_TIMEOUT_MS = 10_000;
/**
 * Signatures of one webhook that are checked. More would let one message cost many hashes; a secret's change needs two.
 */
export const MAX_WEBHOOK_SIGNATURES = 5;

// ---- Calls to objects

/**
 * Attempts at a call that fails in passing, the first included. `platform/durable-object.ts` says which may be
 * repeated.
 */
export const MAX_CALL_ATTEMPTS = 3;
export const CALL_BACKOFF_MS = 50;
/** How long an object's answer is waited for. */
export const CALL_TIMEOUT_MS = 10_000;
/** How long the queue's consumer waits until all senders of a batch know: two calls, one after the other. */
export const NOTIFY_TIMEOUT_MS = 2 * CALL_TIMEOUT_MS;
/**
 * `Retry-After` when an object or a provider cannot serve just now: this, and a random part of as many seconds as the
 * second number, or else all who were turned away would come back in the same second.
 */
export const RETRY_AFTER_SECONDS = 2;
export const RETRY_AFTER_JITTER_SECONDS = 4;
/**
 * How long a SKU remembers that an attempt of a checkout ended there without a sale. A call is given up after seconds and
 * repeated for minutes; a day covers every message that an outage may have kept, and bounds the rows.
 */
export const ENDED_ATTEMPT_MS = 86_400_000;
/**
 * Events of a checkout that are stored in the row of its state: a purchase has some ten. A checkout of which more is told,
 * such as one whose order D1 does not take for hours, moves them to a table in bundles of so many.
 */
export const EVENTS_BESIDE_STATE = 32;
/** How long after its object died in the middle of an effect a checkout goes on. */
export const RESUME_AFTER_CRASH_MS = 5_000;

// ---- Watching a SKU live

/** The pause between two messages to a watcher: a few a second at most, however fast the stock moves. */
export const LIVE_INTERVAL_MS = 300;
/**
 * Sockets to one SKU's object. Sending to all of them takes some 20 ms. With more watchers a SKU is hot, and gates
 * take those; whoever finds no room polls the product.
 */
export const LIVE_SOCKETS = 2_000;
/** Sockets from one address, behind which a whole office or school may be: a twentieth of all. */
export const LIVE_SOCKETS_PER_ADDRESS = 100;
/** Sockets of one shopper: some tabs on some devices. One more closes the oldest, which may be a lost connection. */
export const LIVE_SOCKETS_PER_SHOPPER = 10;
/**
 * Places from either end of a waitlist that are counted for watchers. Whoever stands further back learns the place when
 * it was given, and again when it is among the first.
 */
export const PLACES_COUNTED = 1_000;

// ---- What an isolate remembers

/** How old a product may be when the storefront shows it. The SKU's object decides by its own copy. */
export const PRODUCT_TTL_MS = 3_000;
/**
 * How old a product may be while D1 fails. Outages of D1 are over in less, and a title or price that is wrong for an
 * hour does less harm than a shop that is closed: what is charged is the price of the SKU's object.
 */
export const PRODUCT_STALE_MS = 3_600_000;
/** How long D1 is waited for where there may be an old answer, or the SKU's object to ask. */
export const DATABASE_PATIENCE_MS = 2_000;
/**
 * How long after D1 failed an isolate asks it for no product: else each request of a crowd would wait for a D1 that
 * hangs.
 */
export const DATABASE_REST_MS = 1_000;
/** How long after D1 failed an isolate goes by what it has: longer than one more failure may take to show. */
export const PRODUCT_RETRY_MS = 5_000;
/**
 * How long an isolate answers "sold out" from memory: the longest time that a restock through another isolate stays
 * unseen.
 */
export const SOLD_OUT_TTL_MS = 1_000;
/** How old the shown availability may be. As long as "sold out", so both show a restock at the same time. */
export const AVAILABILITY_TTL_MS = SOLD_OUT_TTL_MS;
/** How old the shown availability may be while the SKU's object cannot answer. `asOf` says it. */
export const AVAILABILITY_STALE_MS = 60_000;
/** SKUs whose availability an isolate remembers: some hundred kilobytes. */
export const AVAILABILITY_ENTRIES = 1_000;
/** How early an entry is refreshed. Longer than one call to an object takes, so readers never find a gap. */
export const REFRESH_AHEAD_MS = 250;
/**
 * SKUs that are sold out at the same time, and shoppers who got something through this isolate: some megabytes at most.
 */
export const SOLD_OUT_ENTRIES = 1_000;
export const SOLD_OUT_EXEMPT_SHOPPERS = 20_000;
/** Reservations in one call to a SKU's object. It decides them in some 10 ms, and serves others between batches. */
export const BATCH_SIZE = 512;
/**
 * How long a busy batcher gathers requests before the next call. Less than a call takes, and calls are fewer and
 * fuller.
 */
export const BATCH_GATHER_MS = 3;
/** How long a request waits for its batch: one call that is under way and one more. */
export const BATCH_WAIT_MS = 20_000;
/** Requests of one isolate that wait for the same SKU. More would time out anyway, so they get 503 at once. */
export const BATCH_QUEUE = 5_000;
/** Products, at about 1 kB each: little beside the 128 MB of an isolate. */
export const PRODUCT_ENTRIES = 1_000;
/** Pages of the catalogue, at up to 250 kB each where every description is as long as it may be. */
export const PRODUCT_PAGES = 20;
/** SKUs that do not exist. Those that somebody guesses drive out each other, and no product. */
export const UNKNOWN_SKU_ENTRIES = 10_000;

// ---- Gates of a hot SKU

/**
 * Calls in one second by which a SKU's object finds itself hot, and those by which it stays so. Cloudflare names 1,000
 * requests a second as the soft limit of an object, and 200 to 500 for one that stores with each.
 */
export const HOT_CALLS = 300;
export const WARM_CALLS = 100;
/**
 * Isolates that must be among its callers then. Fewer are hardly more than the gates would be, of which there may be one in
 * each region; and a laptop has one isolate, which is no crowd however fast it is.
 */
export const HOT_CALLERS = 32;
/** Watchers by which it finds itself hot, and stays so: half of those that its object takes by itself. */
export const HOT_WATCHERS = 1_000;
export const WARM_WATCHERS = 500;
/** How long a SKU is hot after its last busy second: longer than a wave of shoppers takes to come back. */
export const HOT_FOR_MS = 10_000;
/**
 * For how long after an announced start isolates ask a gate unless they have been told otherwise, and among how many of a
 * region: a region with a thousand isolates brings each gate 250 first calls.
 */
export const SALE_START_MS = 5_000;
export const SALE_START_GATES = 4;
/** How often a gate says how many watch at it. Within the time that the word of a hot SKU lasts it does so three times. */
export const GATE_TICK_MS = 3_000;
/** Reservations that one message names as changed, in some 400 kB; beyond that a gate asks for all of its watchers. */
export const GATE_NEWS_IDS = 10_000;
/** Watchers of whose reservations a gate asks at once: the SKU's object reads them in some 10 ms. */
export const GATE_OWN_MESSAGES = 500;
/** Tries of a gate to follow its SKU again, with random pauses of up to a second, before it lets its watchers go. */
export const GATE_FOLLOW_TRIES = 4;
/** SKUs of which an isolate remembers how hot they are. */
export const HEARD_SKUS = 1_000;
/** Calls to one gate in a second from which on its region needs more of them: half of the soft limit of an object. */
export const GATE_CALLS = 500;
/** Watchers at one gate from which on: half of its sockets. */
export const GATE_WATCHERS = 2_500;
/** Gates of one SKU in one region: 8,000 calls a second, which is some 2,400 busy isolates. */
export const MAX_GATES = 16;
/** Reservations that wait at one gate: what its SKU decides in the time that they may take. */
export const GATE_QUEUE = 20_000;
/** Sockets at one gate: more than at a SKU's object (`LIVE_SOCKETS`), since nothing is decided here while it sends. */
export const GATE_SOCKETS = 5_000;

// ---- Ids of our own making (their patterns are in `ids.ts`)

/** Longer than any id we make. */
export const MAX_ID = 100;

// ---- What one unit of work of an object may do

/**
 * Reservations and pre-orders that one unit of work of a SKU's object ends or serves. At some 20 microseconds each it
 * stays near 10 milliseconds, so a restock for ten thousand waiting shoppers does not stop everybody else.
 */
export const MAX_ROWS_PER_COMMAND = 500;
/**
 * How long a reservation that ended without a sale, or a pre-order that nobody paid, is kept before it is folded into
 * sums. A payment window and its grace are two days at most; the slowest bank debits and webhooks come within weeks.
 */
export const FOLD_AFTER_MS = 30 * 86_400_000;
/** What is due is folded once a day, and not each row on its own. */
export const FOLD_EVERY_MS = 86_400_000;
/** Fewer old rows than these are read faster than they are folded. */
export const FOLD_FROM = 1_000;
/** Rows that one slice folds: some 4 milliseconds, which nobody notices. */
export const FOLD_SLICE = 500;
/** Slices that one alarm folds, with others served between them, and the pause after it: a twentieth of the object. */
export const FOLD_SLICES = 10;
export const FOLD_PAUSE_MS = 1_000;
/** Pre-orders in one batch to the queue, which takes at most 100 messages. */
export const OUTBOX_BATCH = 100;
/**
 * Shoppers on the waitlist of one SKU who are told at the same address: a family. More would let somebody with many shopper
 * tokens have a stranger mailed as often.
 */
export const MAX_SHOPPERS_PER_ADDRESS = 3;
/** Mails that one run of the queue's consumer sends at once, and after how long it begins no more: the rest comes again. */
export const MAILS_AT_ONCE = 5;
export const MAIL_RUN_MS = 10_000;
/** Checkouts of one SKU that a sweep looks at in one call, because their pins ran out. */
export const SWEEP_CANDIDATES = 50;
/** Unsettled checkouts that a sweep tries again on one page: each may call its SKUs and the provider. */
export const SWEEP_UNSETTLED = 50;
/** Payments that a sweep compares with the provider on one page, and how many of them at once: Stripe allows 100 a second. */
export const SWEEP_PAYMENTS = 100;
export const SWEEP_PAYMENTS_AT_ONCE = 20;
/** How long ago an order may have changed for its payment to be compared again: a webhook may be lost long after. */
export const SWEEP_PAYMENTS_AGE_MS = 24 * 60 * 60 * 1000;
/**
 * How often the cron compares all of those, and which it compares in each run. Each comparison wakes a checkout and asks the
 * provider: of 10,000 orders a day that is 360,000 and not 2.9 million.
 */
export const SWEEP_PAYMENTS_EVERY_MS = 60 * 60 * 1000;
export const SWEEP_PAYMENTS_RECENT_MS = 60 * 60 * 1000;
/** Sales of one SKU that a sweep compares with D1 in one statement: some 20 kB of ids. */
export const SWEEP_SALES = 500;
/**
 * After how long the sales of a SKU are compared with D1 although their sums agree: what was given back or cancelled is in
 * no sum. The daily walk of a million sales costs less than a cent.
 */
export const SWEEP_COMPARE_EVERY_MS = 86_400_000;
/** Ended checkouts that each run asks whether they are empty, 28,800 a day, and how late their own alarms may be. */
export const SWEEP_ENDED = 100;
export const SWEEP_ENDED_LATE_MS = 86_400_000;
/** Entries of a journal that are looked through for checkouts of earlier code at once, and how often in each run. */
export const SWEEP_PAST_ENTRIES = 200;
export const SWEEP_PAST_PAGES = 10;
/** SKUs whose sales or lapsed pins a sweep goes on with at once. The others come after them. */
export const SWEEP_WALKS = 20;
/**
 * Calls, to objects and D1, after which one page of a sweep begins nothing new. An invocation may make 1,000 statements to
 * D1, and more calls to objects; and records that share the queue with the sweep wait for a page at most.
 */
export const SWEEP_PAGE_CALLS = 300;
/** SKUs that the cron looks at in their turn, although nothing is open there: each run a few, 5,000 in 21 hours. */
export const SWEEP_TURN_SKUS = 20;
/** SKUs in the metrics: those that changed last, in some 600 kB of text that is read in one piece. */
export const MAX_METRIC_SKUS = 2_000;
/** Checkouts that one call of a rebuild asks to send their orders again: well within the subrequests of one request. */
export const REBUILD_PAGE = 100;

// ---- Webhooks out

/** Endpoints of one shop. Each event is one call to the object of each endpoint that listens to it. */
export const MAX_WEBHOOKS = 20;
/** How long an object, or a door, goes by what it knows of who listens. An endpoint hears of everything after that. */
export const AUDIENCE_TTL_MS = 10_000;
/** The pause between two `stock.changed` of one SKU, however fast its stock moves. */
export const STOCK_NEWS_MS = 1_000;
/** Promoted and expired reservations in one message to the queue: some 25 kB, where 128 kB may travel. */
export const NEWS_BATCH = 50;
/** How long a receiver's answer is waited for. Standard Webhooks says 15 to 30 seconds. */
export const WEBHOOK_TIMEOUT_MS = 15_000;
/** Requests to one receiver at once: enough for 50 events a second of a receiver that takes 150 ms. */
export const WEBHOOKS_AT_ONCE = 8;
/** Standard Webhooks asks for payloads below 20 kB. */
export const MAX_WEBHOOK_BYTES = 20_000;
/** Failures in a row after which a receiver is taken to be down: one delivery at a time finds out when it is back. */
export const WEBHOOK_DOWN_AFTER = 5;
/** The first pause before such a try, which doubles up to the second number: 300 requests a day to a dead receiver. */
export const WEBHOOK_PROBE_FIRST_MS = 5_000;
export const WEBHOOK_PROBE_MOST_MS = 300_000;
/** How long every attempt may have failed before the endpoint is disabled: as long as one delivery is tried. */
export const WEBHOOK_DISABLE_AFTER_MS = 76 * 3_600_000;
/** Deliveries that wait at one endpoint, at some kilobyte each. What comes then is dropped, counted and shown. */
export const MAX_WAITING_DELIVERIES = 10_000;
/** For how long deliveries that have ended are listed and may be replayed, and how many of them at most. */
export const KEEP_DELIVERIES_MS = 7 * 86_400_000;
export const MAX_ENDED_DELIVERIES = 10_000;
/** Old deliveries are removed once in this time, so many at once. */
export const PRUNE_DELIVERIES_MS = 3_600_000;
export const PRUNED_DELIVERIES = 2_000;
/** How long the secret before the last rotation still signs: time to bring the new one to every server. */
export const OLD_SECRET_MS = 86_400_000;

// ---- Files of products and stock

/** Characters of one row of a CSV file. A longer one is a quote that nothing closes: descriptions have some ten thousand. */
export const MAX_CSV_RECORD = 1_000_000;
/**
 * Rows of a file that are imported at the same time. Nearly all of a row's time is the way to the shop and back; it is little
 * beside what shoppers ask in a sale.
 */
export const IMPORT_ROWS_AT_ONCE = 16;
/** How long one call of an import may be repeated: longer than `RATE_PERIOD_SECONDS`, so a brake delays and stops nothing. */
export const IMPORT_PATIENCE_MS = 90_000;

// ---- The sandbox payment provider (on a laptop only)

/** A webhook later than a month after its payment tests nothing. */
export const MAX_SANDBOX_WEBHOOK_DELAY_MS = 30 * 86_400_000;
/** Providers deliver an event a few times, never more often than this. */
export const MAX_SANDBOX_WEBHOOK_COPIES = 20;
/** Longer than we wait for any provider. */
export const MAX_SANDBOX_ANSWER_DELAY_MS = 60_000;
/** The sandbox reads the whole list of faults at each call. */
export const MAX_SANDBOX_FAULTS = 100;
/** In practice "until told otherwise". */
export const MAX_SANDBOX_FAULT_TIMES = 1_000_000;
