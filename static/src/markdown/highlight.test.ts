import assert from "node:assert/strict";
import { test } from "node:test";

test("long code is coloured in parts that end between two things", async () => {
  Object.assign(globalThis, { window: globalThis });
  const { endOfPart } = await import("./highlight.ts");
  const thing = `def one():\n${"    x = 1\n\n".repeat(400)}\n`;
  const text = thing + thing;
  assert.equal(endOfPart(text, 0), thing.length);
  assert.equal(endOfPart(text, thing.length), text.length);
  assert.equal(endOfPart("x = 1\n".repeat(3000), 0) % 6, 0);
  assert.equal(endOfPart("x".repeat(30_000), 0), 30_000);
});
