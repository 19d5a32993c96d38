import assert from "node:assert/strict";
import { test } from "node:test";
import { Message } from "./message.ts";
import type { MessageFrame, State } from "./wire.ts";

function reply(state: State = "running", seq = 0, text = ""): Message {
  return new Message({
    id: 7, parent: 6, role: "assistant", text, reasoning: "", state, seq, stage: "", model: null, error: null,
    finish_reason: null, usage: {}, sources: [], siblings: [7], created_at: "2026-01-01T00:00:00Z",
  });
}

const delta = (seq: number, text: string): MessageFrame => ({ type: "delta", message: 7, seq, text });

test("frames in order grow the text", () => {
  const message = reply();
  assert.equal(message.apply(delta(1, "Hel"), 0), "applied");
  assert.equal(message.apply(delta(2, "lo"), 0), "applied");
  assert.equal(message.text, "Hello");
});

test("a frame that was seen already adds nothing", () => {
  const message = reply("running", 4, "Hello");
  assert.equal(message.apply(delta(4, "lo"), 0), "known");
  assert.equal(message.text, "Hello");
});

test("a frame after a gap is refused until the missing ones came", () => {
  const message = reply();
  assert.equal(message.apply(delta(2, "lo"), 0), "gap");
  message.apply(delta(1, "Hel"), 0);
  message.apply(delta(2, "lo"), 0);
  assert.equal(message.text, "Hello");
});

test("thinking is timed until the first word of the answer", () => {
  const message = reply();
  message.apply({ type: "reasoning", message: 7, seq: 1, text: "hm" }, 1000);
  assert.equal(message.thinkingFor(13_000), 12);
  message.apply(delta(2, "Yes"), 15_000);
  assert.equal(message.thoughtSeconds, 14);
  assert.equal(message.thinking, false);
});

test("each end has its own state", () => {
  const ends = (frame: MessageFrame): State => {
    const message = reply();
    message.apply(frame, 0);
    return message.state;
  };
  const error = { type: "error" as const, message: 7, seq: 1, detail: "", retryable: true };
  assert.equal(ends({ type: "done", message: 7, seq: 1, usage: {}, finish_reason: "stop" }), "complete");
  assert.equal(ends({ type: "done", message: 7, seq: 1, usage: {}, finish_reason: "stopped" }), "stopped");
  assert.equal(ends({ ...error, code: "interrupted" }), "interrupted");
  assert.equal(ends({ ...error, code: "unreachable" }), "failed");
});

test("text that turns out to be thinking becomes thinking", () => {
  const message = reply();
  message.apply(delta(1, "Said 🙂 "), 0);
  message.apply(delta(2, "hm"), 0);
  message.apply({ type: "status", message: 7, seq: 3, stage: "rethought", detail: "7" }, 0);
  message.apply(delta(4, "42"), 0);
  assert.equal(message.text, "Said 🙂 42");
  assert.equal(message.reasoning, "hm");
});
