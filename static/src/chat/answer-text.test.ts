import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, withSources } from "./answer-text.ts";
import type { Citation } from "./wire.ts";

const source = (n: number, more: Partial<Citation> = {}): Citation => ({
  n, title: `t${n}`, url: null, document: null, document_name: null, page: null, heading: "", text: "", score: 1, cited: true, ...more,
});

test("plain text has the words of an answer and none of its marks", () => {
  const written = "## Fares\n\nThe **limit** is `187` & more [1], see [here](https://a.example/).\n\n1. one\n2. two\n   - inner\n\n> said\n\n```py\nx = 1 < 2\n```";
  assert.equal(plain(written), "Fares\n\nThe limit is 187 & more, see here.\n\n1. one\n2. two\n   - inner\n\nsaid\n\nx = 1 < 2");
});

test("a table is lines with tabs, and a formula its source", () => {
  assert.equal(plain("| a | b |\n|---|---|\n| 1 | $x^2$ |"), "a\tb\n1\t$x^2$");
});

test("only the sources that were named stand below, in their order and with their places", () => {
  const sources = [source(3, { document_name: "规定.pdf", page: 7 }), source(2, { cited: false }), source(1, { title: "Trains", url: "https://t.example/" })];
  assert.equal(withSources("Yes [1][3].", sources), "Yes [1][3].\n\nSources\n[1] Trains, https://t.example/\n[3] 规定.pdf, page 7\n");
  assert.equal(withSources("No.", [source(2, { cited: false })]), "No.");
});
