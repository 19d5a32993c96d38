import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, numbersApart, wordsOf } from "./differences.ts";

const told = (first: string, second: string): string =>
  differences(first, second).stretches.map(({ text, side }) => (side === "both" ? text : side === "first" ? `[-${text}-]` : `{+${text}+}`)).join("");

test("what only one of two answers says is set apart word by word", () => {
  assert.equal(told("The limit is 187 euros.", "The limit is 190 euros."), "The limit is [-187-]{+190+} euros.");
  assert.deepEqual({ ...differences("one two three", "one four three"), stretches: [] }, { stretches: [], both: 2, first: 1, second: 1 });
});

test("changed words with a blank between them are one change", () => {
  assert.equal(told("a red house stands", "a blue boat stands"), "a [-red house-]{+blue boat+} stands");
});

test("Chinese is compared by words although nothing stands between them", () => {
  assert.ok(wordsOf("出差补贴是多少").length > 2);
  assert.equal(told("每天补贴180元。", "每天补贴200元。"), "每天补贴[-180-]{+200+}元。");
});

test("the same twice has no differences, and nothing is all new", () => {
  assert.equal(told("same", "same"), "same");
  assert.equal(told("", "new"), "{+new+}");
});

test("numbers that only one of them names are told", () => {
  assert.deepEqual(numbersApart("每天补贴180元，3km²", "每天补贴200元，3km"), { first: ["180"], second: ["200"] });
  assert.deepEqual(numbersApart("545,000 people, 2.9 million", "５４５000 people in 1255"), { first: ["2.9"], second: ["1255"] });
});
