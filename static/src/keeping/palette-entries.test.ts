import assert from "node:assert/strict";
import { test } from "node:test";
import { found } from "./palette-entries.ts";

const entries = [
  { group: "Commands", name: "New chat" },
  { group: "Commands", name: "Temporary chat" },
  { group: "Models", name: "Qwen Chat" },
  { group: "Chats", name: "Café in ПАРИЖ" },
  { group: "Chats", name: "知识库检索" },
];
const names = (query: string): string[] => found(entries, query).map(({ name }) => name);

test("the palette finds all words in any order, in any case and script", () => {
  assert.deepEqual(names("париж cafe"), ["Café in ПАРИЖ"]);
  assert.deepEqual(names("检索"), ["知识库检索"]);
  assert.deepEqual(names("chat new"), ["New chat"]);
  assert.deepEqual(names("nothing"), []);
});

test("in the palette what begins with the word comes first in its group, and groups stay together", () => {
  assert.deepEqual(names("t"), ["Temporary chat", "New chat", "Qwen Chat"]);
});
