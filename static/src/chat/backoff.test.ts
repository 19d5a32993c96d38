import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "./backoff.ts";

test("the wait doubles and stays under its ceiling", () => {
  const longest = [0, 1, 2, 10].map((attempt) => backoff(attempt, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, 5_000]);
});

test("tabs that lost the server together come back apart", () => {
  assert.notEqual(backoff(3, () => 0.1), backoff(3, () => 0.9));
});
