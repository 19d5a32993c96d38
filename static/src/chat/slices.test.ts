import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "./message.ts";
import { Slices } from "./slices.ts";

const twelve = Array.from({ length: 12 }, (_none, id) => ({ id })) as unknown as Message[];

test("a chat comes from its end, a few messages in each frame, and then stays whole", () => {
  const frames: (() => void)[] = [];
  let asked = 0;
  const slices = new Slices(() => (asked += 1), (act) => frames.push(act));
  const chat = {};
  assert.deepEqual(slices.of(chat, twelve, false).map(({ id }) => id), [8, 9, 10, 11]);
  slices.of(chat, twelve, false);
  assert.equal(frames.length, 1); // drawn anew in the same frame, and still one slice a frame
  frames.pop()?.();
  assert.equal(slices.of(chat, twelve, false).length, 8);
  frames.pop()?.();
  assert.equal(slices.of(chat, twelve, false).length, 12);
  assert.equal(asked, 2);
  assert.equal(slices.of(chat, [...twelve, ...twelve], false).length, 24);
  assert.ok(!slices.unfinished && !frames.length);
});

test("all messages are there at once when one of them is looked for", () => {
  const slices = new Slices(() => {}, () => {});
  assert.equal(slices.of({}, twelve, true).length, 12);
  assert.ok(!slices.unfinished);
});
