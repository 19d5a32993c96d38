import assert from "node:assert/strict";
import { test } from "node:test";
import { dayWords, filled, fillsIn, keyOf, type Piece, Prompts } from "./prompts.ts";

function library(): Prompts {
  const prompts = new Prompts();
  prompts.all = [
    { id: "1", command: "letter", name: "A formal letter", owner: "" },
    { id: "2", command: "fy", name: "翻译助手", owner: "Bob" },
    { id: "3", command: "summary", name: "Summary of a meeting", owner: "" },
  ];
  return prompts;
}

const found = (query: string): string[] => library().fitting(query).map(({ id }) => id);

test("prompts are found by their command, their name, a part, Pinyin and letters in order", () => {
  assert.deepEqual(found(""), ["1", "2", "3"]);
  assert.deepEqual(found("let"), ["1"]);
  assert.deepEqual(found("meeting"), ["3"]);
  assert.deepEqual(found("fyzs"), ["2"]);
  assert.deepEqual(found("翻译"), ["2"]);
  assert.deepEqual(found("smry"), ["3"]);
  assert.deepEqual(found("summary of"), ["3"]);
  assert.deepEqual(found("xyz"), []);
});

test("a command that begins with it comes before a name that holds it", () => {
  const prompts = library();
  prompts.all = [...prompts.all, { id: "4", command: "x", name: "Long letter", owner: "" }];
  assert.deepEqual(prompts.fitting("letter").map(({ id }) => id), ["1", "4"]);
});

test("gaps are filled in once: what was filled in has none", () => {
  const pieces: Piece[] = ["About ", { name: "topic" }, " on ", { fills: "today" }, ", ", { name: "topic" }];
  const values = new Map([["topic", "{{today}}"], [keyOf({ fills: "today" }), "Monday"]]);
  assert.equal(filled(pieces, values), "About {{today}} on Monday, {{today}}");
  assert.deepEqual(fillsIn(pieces), ["today"]);
});

test("a day is written as people of that language write it", () => {
  assert.equal(dayWords("2026-11-22", "en"), "November 22, 2026");
  assert.equal(dayWords("2026-11-22", "zh-Hans"), "2026年11月22日");
  assert.equal(dayWords("", "en"), "");
});
