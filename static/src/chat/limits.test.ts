import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { fakeBrowser, type Request, slowServer } from "./fake-server.ts";
import { Limits, type LimitsData } from "./limits.ts";

let server: Request[];

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: Date.parse("2026-01-01T12:00:00Z") });
  fakeBrowser();
  server = slowServer();
});

const day = (used: number): LimitsData => ({ tokens_day: { limit: 50_000, used, renews_at: "2026-01-02T00:00:00Z" } });

test("nothing is asked and nothing is said where there is no limit", () => {
  const limits = new Limits("en", { tokens_minute: null, tokens_day: null, answers_at_once: null, storage: null });
  limits.counted();
  mock.timers.tick(10_000);
  assert.deepEqual([limits.remaining, server.length], [null, 0]);
});

test("what remains is said, in colour when it is little, and with its hour when it is gone", () => {
  const said = (used: number) => new Limits("en", day(used)).remaining;
  assert.deepEqual([said(10_000)?.tone, said(10_000)?.words], ["quiet", "40,000 of 50,000 tokens left today"]);
  assert.equal(said(41_000)?.tone, "low");
  assert.equal(said(60_000)?.tone, "spent");
  assert.match(said(50_000)?.words ?? "", /^No tokens left today; more at /);
});

test("of two limits the one that runs out first is told", () => {
  const limits = new Limits("en", { ...day(10_000), tokens_minute: { limit: 1000, used: 900, renews_at: null } });
  assert.equal(limits.remaining?.kind, "tokens_minute");
});

test("answers at once are told only when no more may run", () => {
  const at = (used: number) => new Limits("en", { answers_at_once: { limit: 2, used } }).remaining?.words;
  assert.deepEqual([at(0), at(1), at(2)], [undefined, undefined, "2 answers may run at a time, and all are running"]);
});

test("after an answer the number is fetched once, and a refusal brings a limit that is new", async () => {
  const limits = new Limits("en", day(10_000));
  limits.counted();
  limits.counted();
  mock.timers.tick(1000);
  assert.equal(server.length, 1);
  await server.shift()?.answer(day(12_000));
  assert.equal(limits.remaining?.left, 38_000);
  const other = new Limits("en");
  other.counted(true);
  mock.timers.tick(1000);
  assert.equal(server.length, 1);
});

test("when the hour of renewal has come the number is fetched", () => {
  new Limits("en", { tokens_minute: { limit: 100, used: 100, renews_at: "2026-01-01T12:00:30Z" } });
  mock.timers.tick(30_000);
  assert.equal(server.length, 0);
  mock.timers.tick(1000);
  assert.equal(server.length, 1);
});
