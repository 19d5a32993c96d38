import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, markdownTable } from "./table-text.ts";

test("a cell with a comma, a quotation mark or a line of its own stays one cell", () => {
  assert.equal(csv([["a, b", 'say "hi"', "两\n行"], ["1", "", "x"]]), '"a, b","say ""hi""","两\n行"\r\n1,,x');
});

test("a spreadsheet is given no formula, and numbers stay numbers", () => {
  assert.equal(csv([["=1+1", "@cmd", "-5", "+3.5 %", "-cmd|x", "- five"]]), "'=1+1,'@cmd,-5,+3.5 %,'-cmd|x,'- five");
});

test("a table goes back to Markdown with its columns as they stood", () => {
  assert.equal(markdownTable([["Name", "Price"], ["a|b", "5"]], ["", "right"]), "| Name | Price |\n| --- | ---: |\n| a\\|b | 5 |");
});
