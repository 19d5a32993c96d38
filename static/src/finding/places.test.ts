import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "./places.ts";
import { folded, foldedText } from "./ranges.ts";

test("places are stepped through from what is in sight, and around the end", () => {
  const places = new Places([[3, 2], [8, 1]]);
  places.startFrom(4);
  assert.deepEqual([places.total, places.number, places.now], [3, 3, { message: 8, nth: 0 }]);
  assert.deepEqual(places.step(1), { message: 3, nth: 0 });
  assert.deepEqual(places.step(-1), { message: 8, nth: 0 });
  places.startFrom(9);
  assert.deepEqual(places.now, { message: 3, nth: 0 });
});

test("where nothing was found there is nothing to step to", () => {
  const places = new Places([]);
  places.startFrom(1);
  assert.deepEqual([places.number, places.step(1)], [0, undefined]);
});

test("words are compared in any case and each letter stays in its place", () => {
  assert.equal(foldedText("  CAFÉ\n ПРИВЕТ ＡＢＣ"), "cafe привет abc");
  for (const char of ["ß", "İ", "ﬁ", "知", "😀"]) assert.equal(folded(char).length, char.length);
});
