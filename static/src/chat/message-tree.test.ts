import assert from "node:assert/strict";
import { test } from "node:test";
import { Message } from "./message.ts";
import { MessageTree } from "./message-tree.ts";

function message(id: number, parent: number | null): Message {
  return new Message({
    id, parent, role: "user", text: "", reasoning: "", state: "complete", seq: 0, stage: "", model: null, error: null,
    finish_reason: null, usage: {}, sources: [], siblings: [], created_at: "2026-01-01T00:00:00Z",
  });
}

test("the branch runs from the root to the shown leaf", () => {
  const tree = new MessageTree();
  for (const [id, parent] of [[1, null], [2, 1], [3, 1], [4, 3]] as const) tree.add(message(id, parent));
  tree.show(4);
  assert.deepEqual(tree.branch().map(({ id }) => id), [1, 3, 4]);
  tree.show(2);
  assert.deepEqual(tree.branch().map(({ id }) => id), [1, 2]);
});

test("siblings are counted in the order they were asked, loaded or not", () => {
  const tree = new MessageTree();
  const shown = message(5, 1);
  tree.add(shown, [2, 5]);
  tree.add(message(9, 1));
  assert.deepEqual(tree.siblings(shown), [2, 5, 9]);
});

test("a branch that is loaded only in part starts where it is known", () => {
  const tree = new MessageTree();
  tree.add(message(8, 7));
  tree.show(8);
  assert.deepEqual(tree.branch().map(({ id }) => id), [8]);
});
