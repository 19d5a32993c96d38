import assert from "node:assert/strict";
import { test } from "node:test";
import { runsFromRight } from "./direction.ts";

test("the first letter tells which way a list or a table runs", () => {
  for (const text of ["ابدأ بالأهم", "1. ابدأ with English", "— שלום", "«سلام»"]) assert.ok(runsFromRight(text), text);
  for (const text of ["first ابدأ", "知识", "1. 2. 3.", "", "Привет"]) assert.ok(!runsFromRight(text), text);
});
