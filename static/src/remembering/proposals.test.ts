import assert from "node:assert/strict";
import { test } from "node:test";
import { proposalIn } from "./proposals.ts";

test("what somebody asks to be remembered, or says about themselves, is proposed", () => {
  const proposed: [string, string][] = [
    ["Remember that I write for children.", "I write for children."],
    ["Please remember: my car is blue", "My car is blue"],
    ["Hello. My name is Ada. How are you?", "My name is Ada."],
    ["I prefer metric units.\nHow tall is the tower?", "I prefer metric units."],
    ["请记住：我是素食者", "我是素食者"],
    ["我住在杭州。明天天气怎么样？", "我住在杭州。"],
  ];
  for (const [text, line] of proposed) assert.equal(proposalIn(text), line, text);
});

test("questions and plain requests propose nothing", () => {
  for (const text of ["Do you remember that I prefer tea?", "What is my name?", "Write a note: thanks", "你记住我叫什么了吗？", "Translate this.", "Remember that ".padEnd(400, "x")])
    assert.equal(proposalIn(text), "", text);
});
