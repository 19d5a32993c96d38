import assert from "node:assert/strict";
import { test } from "node:test";
import { contextUse, estimate } from "./context-use.ts";
import { answer, question } from "./fake-server.ts";
import { Message } from "./message.ts";

const branch = (prompt: number): Message[] => [
  new Message(question(1, null)),
  new Message(answer(2, 1, "yes", { usage: { prompt_tokens: prompt, completion_tokens: 100 } })),
];

test("a window that is less than half full is no matter", () => {
  assert.equal(contextUse(branch(900), "", 4096), null);
  assert.equal(contextUse(branch(9000), "", null), null);
});

test("the server's own count is taken, with what is being typed", () => {
  const use = contextUse(branch(2000), "x".repeat(2000), 4096);
  assert.deepEqual([use?.tokens, use?.nearlyFull, use?.counted?.id], [2600, false, 2]);
  assert.equal(contextUse(branch(2000), "字".repeat(1600), 4096)?.nearlyFull, true);
});

test("without a count the text is estimated, and the bar never overflows", () => {
  const told = [new Message(question(1, null, "a".repeat(8000))), new Message(answer(2, 1, "b".repeat(8000)))];
  assert.deepEqual([contextUse(told, "", 4096)?.tokens, contextUse(told, "c".repeat(9000), 4096)?.share], [4000, 1]);
  assert.equal(estimate("你好, hi"), 2 + 1);
});
