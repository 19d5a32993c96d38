import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULTS, howMany, thinkingOf, withThinking } from "./chat-settings.ts";

test("thinking is on, off, a level or default, and never two of them", () => {
  const off = withThinking({ ...DEFAULTS, params: { temperature: 1 } }, "off");
  assert.deepEqual(off.params, { temperature: 1, think: false });
  assert.deepEqual([thinkingOf(off, "switch"), thinkingOf(off, "levels")], ["off", ""]);
  const high = withThinking(off, "high");
  assert.deepEqual(high.params, { temperature: 1, reasoning_effort: "high" });
  assert.deepEqual(withThinking(high, "").params, { temperature: 1 });
});

test("only what is not default is counted", () => {
  assert.equal(howMany(DEFAULTS), 0);
  assert.equal(howMany({ params: { temperature: 0, think: false }, system: "  " }), 2);
  assert.equal(howMany({ params: { temperature: 0, think: false }, system: "Be brief." }, true), 2);
});
