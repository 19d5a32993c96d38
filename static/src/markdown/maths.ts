// Formulas: $…$, $$…$$, \(…\) and \[…\]. Prices stay text.
import type { TokenizerAndRendererExtension } from "marked";
import { escaped } from "./escape.ts";

const PRICE = /^\d[\d.,]*\s+\p{L}{2,}/u;
const INLINE = /^\$(?![\s$])((?:\\.|[^\\\n$])+?)(?<![\s\\])\$(?!\d)/;
const INLINE_DISPLAY = /^\$\$((?:\\.|[^\\$])+?)\$\$/;
const PARENTHESES = /^\\\(([^\n]+?)\\\)/;
const BRACKETS = /^\\\[([\s\S]+?)\\\]/;
const BLOCK = /^ {0,3}(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\])[ \t]*(?:\n+|$)/;
const OPEN = /^ {0,3}(?:\$\$|\\\[)([\s\S]*)$/;

/** `growing`: the text is still being written, so a formula without its end is one unfinished block, not text. */
export function maths(growing: boolean): TokenizerAndRendererExtension[] {
  return [blockMaths(growing), inlineMaths];
}

function blockMaths(growing: boolean): TokenizerAndRendererExtension {
  return {
    name: "blockMaths",
    level: "block",
    start: (source) => source.match(/(?:^|\n) {0,3}(?:\$\$|\\\[)/)?.index,
    tokenizer(source) {
      const whole = BLOCK.exec(source);
      if (whole) return { type: "blockMaths", raw: whole[0], tex: (whole[1] ?? whole[2] ?? "").trim(), open: false };
      const open = growing && !/^ {0,3}(?:\$\$[\s\S]*\$\$|\\\[[\s\S]*\\\])/.test(source) ? OPEN.exec(source) : null;
      return open ? { type: "blockMaths", raw: open[0], tex: (open[1] ?? "").trim(), open: true } : undefined;
    },
    renderer: (token) => {
      const tex = escaped(String(token["tex"]));
      return token["open"] ? `<div data-open="1">${tex}</div>` : `<div data-tex="${tex}" data-display="1">${tex}</div>`;
    },
  };
}

const inlineMaths: TokenizerAndRendererExtension = {
  name: "inlineMaths",
  level: "inline",
  start: (source) => source.match(/\$|\\\(|\\\[/)?.index,
  tokenizer(source) {
    const display = INLINE_DISPLAY.exec(source) ?? BRACKETS.exec(source);
    if (display?.[1]) return { type: "inlineMaths", raw: display[0], tex: display[1].trim(), display: true };
    const inline = INLINE.exec(source) ?? PARENTHESES.exec(source);
    if (!inline?.[1] || (source.startsWith("$") && PRICE.test(inline[1]))) return undefined;
    return { type: "inlineMaths", raw: inline[0], tex: inline[1].trim(), display: false };
  },
  renderer: (token) => {
    const tex = escaped(String(token["tex"]));
    return `<span data-tex="${tex}"${token["display"] ? ' data-display="1"' : ""}>${tex}</span>`;
  },
};
