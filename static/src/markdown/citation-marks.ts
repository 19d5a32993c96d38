// [1], [2, 3] and 【4】 in the text; which of them exist is decided when they are drawn (the same forms as chat/citations.py).
import type { TokenizerAndRendererExtension } from "marked";
import { escaped } from "./escape.ts";

const MARK = /^[[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】](?!\()/;

export const citationMarks: TokenizerAndRendererExtension = {
  name: "citation",
  level: "inline",
  start: (source) => source.match(/[[【]\s*\d/)?.index,
  tokenizer(source) {
    const match = MARK.exec(source);
    if (!match?.[1]) return undefined;
    return { type: "citation", raw: match[0], numbers: match[1].split(/\s*[,，、]\s*/).map(Number) };
  },
  renderer: (token) =>
    `<span data-cite="${(token["numbers"] as number[]).join(",")}">${escaped(token.raw)}</span>`,
};
