import assert from "node:assert/strict";
import { test } from "node:test";
import { markOf } from "./host-mark.ts";

test("a host has one letter and one colour, on all its pages", () => {
  const mark = markOf("https://www.debian.org/doc/");
  assert.equal(mark?.letter, "D");
  assert.deepEqual(markOf("http://debian.org/other?x=1"), mark);
  assert.equal(markOf("https://例子.测试/")?.letter.length, 1);
  assert.equal(markOf("https://192.0.2.7/")?.letter, "1");
});

test("what is no address of the web has none", () => {
  for (const address of ["", "javascript:window.hacked=1", "data:text/html,x", "not an address"]) assert.equal(markOf(address), null);
});
