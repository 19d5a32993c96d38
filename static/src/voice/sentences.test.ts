import assert from "node:assert/strict";
import { test } from "node:test";
import { sentencesOf } from "./sentences.ts";

test("English and Chinese are cut into sentences", () => {
  assert.deepEqual(sentencesOf("It costs 3.50 euros, e.g. for Dr. Who. Really? Yes!", true), ["It costs 3.50 euros, e.g. for Dr. Who.", "Really?", "Yes!"]);
  assert.deepEqual(sentencesOf("差旅标准是每次九百欧元。需要审批吗？需要！", true), ["差旅标准是每次九百欧元。", "需要审批吗？", "需要！"]);
});

test("code, tables, formulas, addresses and citations are not read", () => {
  const answer = "# Fees\n\nThe fee is 12 euros [1][2]. See [the rules](https://example.org/x) or https://example.org/y for more.\n\n```py\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n$$x^2$$\n\nRun `git commit` and never `rm -rf /*;`. With $x^2$ it ends【3】。\n\n- One\n- Two";
  assert.deepEqual(sentencesOf(answer, true), ["Fees", "The fee is 12 euros.", "See the rules or for more.", "Run git commit and never.", "With it ends。", "One", "Two"]);
});

test("while the answer grows only what has its end is read, and each sentence once", () => {
  const answer = "First things first. The price is 3.5 euros. Then:\n\n- one thing\n- another thing\n\nDone.";
  let read: string[] = [];
  for (let length = 1; length <= answer.length; length += 1) {
    const now = sentencesOf(answer.slice(0, length), false);
    assert.deepEqual(now.slice(0, read.length), read, answer.slice(0, length));
    read = now;
  }
  assert.ok(read.length >= 4);
  assert.deepEqual(sentencesOf(answer, true).slice(0, read.length), read);
});

test("what is too long for one breath is cut at its commas", () => {
  const long = sentencesOf(`${"many words, ".repeat(60)}end.`, true);
  assert.ok(long.length > 2 && long.every((part) => part.length <= 280));
});

test("a thousand stars are read quickly", () => {
  const begun = performance.now();
  sentencesOf("*".repeat(5000) + ".".repeat(5000) + "(".repeat(5000), true);
  assert.ok(performance.now() - begun < 2000);
});
