/**
 * The Worker in the test pool: Holdfast's own, with an app that does not batch. The pool sets
 * `no_handle_cross_request_promise_resolution`, so a request there cannot wait for the promise of another one. Batching
 * is tested in `test/edge` within the context of one request, and over HTTP in `test/e2e`.
 */
import { createApp } from "../../src/http/app.ts";
import worker from "../../src/worker.ts";

export * from "../../src/worker.ts";

export const app = createApp({ batching: false });

export default { ...worker, fetch: app.fetch };
