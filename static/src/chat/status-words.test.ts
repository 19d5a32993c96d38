import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "./fake-server.ts";
import { Message } from "./message.ts";
import { stageWords, statusWords, ticks } from "./status-words.ts";

/** The words after so many seconds in a stage. */
function words(stage: string, seconds: number, detail = ""): string {
  const message = new Message(answer(2, 1, "", { state: "running", seq: 0, stage: "" }));
  message.apply({ type: "status", message: 2, seq: 1, stage, detail }, 1000);
  return statusWords(message, 1000 + seconds * 1000);
}

test("seconds are told only to whoever has waited for some", () => {
  assert.equal(words("waiting", 3), "Waiting for the model…");
  assert.equal(words("waiting", 12), "Waiting for the model… 12 s");
  assert.equal(words("loading", 7), "Loading the model… 7 s");
  assert.equal(words("queued", 60), "Waits for the answer above");
});

test("a busy server says when it is asked again", () => {
  assert.equal(words("busy", 2, "8"), "The model server is busy: trying again in 6 seconds…");
  assert.equal(words("busy", 9, "8"), "The model server is busy: trying again…");
  assert.equal(words("busy", 1), "The model server is busy: trying again…");
});

test("what is said aloud has no seconds in it", () => {
  const message = new Message(answer(2, 1, "", { state: "running", seq: 0, stage: "" }));
  message.apply({ type: "reasoning", message: 2, seq: 1, text: "hm" }, 1000);
  assert.equal(statusWords(message, 13_000), "Thinking for 12 s");
  assert.equal(stageWords(message), "The model is thinking…");
  assert.equal(ticks(message), true);
  message.apply({ type: "delta", message: 2, seq: 2, text: "Yes" }, 14_000);
  assert.deepEqual([stageWords(message), ticks(message)], ["Writing…", false]);
});
