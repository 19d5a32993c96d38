import assert from "node:assert/strict";
import { test } from "node:test";
import { completed } from "./half-finished.ts";
import { html, lex } from "./parse.ts";

const drawn = (text: string): string => html(lex(text, false)).trim();

test("prices stay text", () => {
  for (const text of ["$5 and $6", "from $5 to $10.", "5$ or 6$", "$5-$6", "It costs $20 or maybe 30$ today"]) {
    assert.doesNotMatch(drawn(text), /data-tex/, text);
  }
});

test("formulas in all four notations", () => {
  for (const text of ["so $x^2$ is", "so \\(x^2\\) is", "so $$x^2$$ is", "\\[\nx^2\n\\]", "$$\nx^2\n$$", "值为$x^2$，"]) {
    assert.match(drawn(text), /data-tex="x\^2"/, text);
  }
});

test("a display formula interrupts a paragraph", () => {
  assert.match(drawn("Therefore\n$$\na\n$$\nholds"), /<p>Therefore<\/p>\s*<div data-tex="a" data-display="1">/);
});

test("a formula that is still being written is one unfinished block", () => {
  const [token] = lex("$$\n\\frac{a}{b}\n\n+ c", true);
  assert.equal(token?.type, "blockMaths");
  assert.equal(token?.["open"], true);
});

test("HTML of the text is shown, not obeyed", () => {
  const page = drawn('<script>alert(1)</script>\n\nand <img src=x onerror="alert(1)"> inline');
  assert.doesNotMatch(page, /<script|<img/);
  assert.match(page, /&lt;script&gt;/);
});

test("only http, https and mailto are links", () => {
  assert.match(drawn("[a](https://example.org/x)"), /<a href="https:\/\/example.org\/x" title="example.org">/);
  for (const href of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "/admin/", "&#106;avascript:alert(1)"]) {
    assert.doesNotMatch(drawn(`[a](${href})`), /<a /, href);
  }
});

test("images are named, never loaded", () => {
  assert.equal(drawn("![cat](https://example.org/c.png)"), '<p><span data-image="https://example.org/c.png">cat</span></p>');
});

test("citations in all their forms, but not in code or links", () => {
  assert.match(drawn("so [1]."), /data-cite="1"/);
  assert.match(drawn("so [1][2]"), /data-cite="1".*data-cite="2"/);
  assert.match(drawn("so 【2】 and [2, 3]"), /data-cite="2".*data-cite="2,3"/);
  assert.doesNotMatch(drawn("`a[1]` and [1](https://example.org)"), /data-cite/);
});

test("a list of sources at the end does not vanish", () => {
  assert.match(drawn("text\n\n[1]: report.pdf"), /report\.pdf/);
});

test("half-finished marks are completed or held back", () => {
  assert.equal(completed("a **bold"), "a **bold**");
  assert.equal(completed("a **"), "a ");
  assert.equal(completed("use `code"), "use `code`");
  assert.equal(completed("see [text](https://exa"), "see text");
  assert.equal(completed("as said [1"), "as said ");
  assert.equal(completed("done **bold** and `x`"), "done **bold** and `x`");
});
