import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Choices, MOST } from "./choices.ts";
import { boot, fakeBrowser } from "./fake-server.ts";
import { Message } from "./message.ts";
import { MessageTree } from "./message-tree.ts";
import { Models } from "./models.ts";
import { columns, hiddenColumn, type Origin } from "./origin.ts";
import type { MessageData, ModelData } from "./wire.ts";

beforeEach(() => void fakeBrowser());

function tree(leaf: number, ...answers: [number, string, Origin][]): MessageTree {
  const made = new MessageTree();
  const rest = { text: "x", reasoning: "", state: "complete", seq: 1, stage: "", error: null, finish_reason: null, usage: {}, sources: [], siblings: [], created_at: "2026-01-01" };
  made.add(new Message({ ...rest, id: 1, parent: null, role: "user", model: null } as MessageData));
  for (const [id, model, origin] of answers) {
    made.add(new Message({ ...rest, id, parent: 1, role: "assistant", model: { id: model, name: model }, origin } as MessageData));
  }
  made.show(leaf);
  return made;
}

const shown = (made: MessageTree, id: number): number[] => columns(made, made.get(id) as Message).map((one) => one.id);

test("answers that were asked for together stand side by side, and others do not", () => {
  const made = tree(2, [2, "qwen", { group: "a" }], [3, "phi", { group: "a" }], [4, "qwen", {}]);
  assert.deepEqual(shown(made, 2), [2, 3]);
  made.show(4);
  assert.deepEqual(shown(made, 4), []);
  assert.equal(hiddenColumn(made, made.get(4) as Message)?.id, 2);
});

test("what is asked for again takes the place of the one before", () => {
  assert.deepEqual(shown(tree(4, [2, "qwen", { group: "a" }], [3, "phi", { group: "a" }], [4, "qwen", { group: "a" }]), 4), [4, 3]);
});

test("the one that is kept stands alone, until all are to be seen again", () => {
  const made = tree(3, [2, "qwen", { group: "a" }], [3, "phi", { group: "a", kept: true }]);
  assert.deepEqual(shown(made, 3), []);
  assert.equal(hiddenColumn(made, made.get(3) as Message)?.id, 2);
});

function choices(): Choices {
  const models = ["a", "b", "c", "d", "e"].map((id) => ({ id, name: id, connection: "Lab", window: null, available: true }) as ModelData);
  return new Choices({ ...boot(null), models }, new Models(models));
}

test("up to four models are chosen, each once, and taken away one by one", () => {
  const made = choices();
  for (const id of ["b", "b", "c", "d", "e"]) made.add(id);
  assert.deepEqual(made.asking.models, ["a", "b", "c", "d"]);
  assert.equal(made.several.length, MOST);
  made.drop("a");
  assert.deepEqual(made.asking.models, ["b", "c", "d"]);
  made.choose("e");
  assert.deepEqual(made.asking.models, ["e"]);
});

test("a model for one question leaves the others as they are, and another answer is by its own", () => {
  const made = choices();
  made.add("b");
  made.takeOnce("c");
  assert.deepEqual([made.asking.models, made.asking.once], [["c"], true]);
  made.takeOnce(null);
  assert.deepEqual([made.asking.models, made.asking.once], [["a", "b"], undefined]);
  assert.deepEqual(made.again("b").models, ["b"]);
});

test("a chat goes on with all its models that are still there, and waits only when none is", () => {
  const made = choices();
  const gone = { id: "z", withdrawn: true, changed: false, why: "Gone." };
  made.adopt({ models: ["z", "b", "c"], libraries: [], web_search: false }, [gone]);
  assert.deepEqual([made.asking.models, made.withdrawn], [["b", "c"], ""]);
  made.begin();
  made.adopt({ models: ["z"], libraries: [], web_search: false }, [gone]);
  assert.equal(made.withdrawn, "Gone.");
});
