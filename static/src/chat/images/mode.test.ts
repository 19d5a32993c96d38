import assert from "node:assert/strict";
import { test } from "node:test";
import { Message } from "../message.ts";
import type { MessageData } from "../wire.ts";
import { ImageMode } from "./mode.ts";

const data = { id: 2, parent: 1, role: "assistant", text: "", reasoning: "", state: "running", seq: 0, stage: "", model: null, error: null,
  finish_reason: null, usage: {}, sources: [], siblings: [2], created_at: "2026-01-01T00:00:00Z" } as MessageData;

test("a picture that is drawn joins its answer and leaves the stage as it is", () => {
  const message = new Message(data);
  message.apply({ type: "status", message: 2, seq: 1, stage: "drawing", detail: "40 1" }, 0);
  message.apply({ type: "status", message: 2, seq: 2, stage: "drawn", detail: JSON.stringify({ id: "a", kind: "image", name: "fox.png" }) }, 0);
  assert.deepEqual(message.attachments.map(({ id }) => id), ["a"]);
  assert.equal(message.stage, "drawing");
  assert.equal(message.detail, "40 1");
});

test("an attached picture is the one that is to be changed", () => {
  const mode = new ImageMode();
  mode.choose({ size: "64x64" });
  assert.deepEqual(mode.take(["a", "b"]), { size: "64x64", edits: "a" });
  assert.deepEqual(mode.take(null), { size: "64x64" });
});
