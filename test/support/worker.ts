/**
 * The Worker as the test pool serves it: Holdfast's own, with an app that does not batch. The pool sets
 * `no_handle_cross_request_promise_resolution`, so a request there cannot wait for the promise of another one. Batching is
 * tested by `test/edge` inside one request's context, and over HTTP by `test/e2e`.
 */
import { createApp } from "../../src/http/app.ts";
import worker from "../../src/worker.ts";

export * from "../../src/worker.ts";

export const app = createApp({ batching: false });

export default { ...worker, fetch: app.fetch };
