// An answer as it is read aloud: whole sentences, without code, tables, formulas, addresses and numbers of passages.
import "../chat/shared.ts";
import type { Token, Tokens } from "marked";
import { lex } from "../markdown/parse.ts";

const LONGEST = 280; // letters that are said in one go
const CJK = /[\u3000-\u9fff\uff00-\uffef]/;
const ADDRESS = /^(?:https?:\/\/|www\.)\S+$/i;
const WORDS = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u; // code that can be said
const SHORT = /(?:^|[\s(])(?:[A-Z]|e\.g|i\.e|etc|vs|Mr|Mrs|Ms|Dr|Prof|St|No|Fig|approx|ca)\.$/;
// A point ends a sentence before a blank, a Chinese one at once; closing marks belong to it.
const END = /[。！？；…]+[”’」』"')）】]*|[.!?]+[”’"')\]]*(?=\s|$)/g;

/** All sentences so far; while the answer grows, the last one is not among them before it has its end. */
export function sentencesOf(text: string, done: boolean): string[] {
  const tokens = lex(text, !done);
  const blocks = tokens.flatMap((token, at) => spokenBlocks(token).map((words) => ({ words, last: at === tokens.length - 1 })));
  return blocks.flatMap(({ words, last }, at) => cut(words, done || !last || at < blocks.length - 1));
}

function spokenBlocks(token: Token): string[] {
  switch (token.type) {
    case "paragraph":
    case "heading":
    case "text":
      return [inlines(token)];
    case "blockquote":
      return ((token as Tokens.Blockquote).tokens ?? []).flatMap(spokenBlocks);
    case "list":
      return (token as Tokens.List).items.flatMap((item) => item.tokens.flatMap(spokenBlocks));
    default:
      return [];
  }
}

function inlines(token: Token): string {
  const inner = (token as { tokens?: Token[] }).tokens;
  return inner?.length ? inner.map(inline).join("") : unescaped(String((token as Tokens.Text).text ?? ""));
}

function inline(token: Token): string {
  switch (token.type) {
    case "br":
      return " ";
    case "citation":
    case "inlineMaths":
    case "image":
    case "html":
      return "";
    case "codespan": {
      const code = unescaped((token as Tokens.Codespan).text);
      return WORDS.test(code) ? code : "";
    }
    case "link": {
      const words = inlines(token);
      return ADDRESS.test(words.trim()) ? "" : words;
    }
    default:
      return inlines(token);
  }
}

/** Words of one block as sentences; without `whole` what has no end yet is left out. */
export function cut(words: string, whole: boolean): string[] {
  const text = words.replaceAll(/\s+/g, " ").replaceAll(/ +(?=[.,;:!?，。；：！？])/g, "").trim();
  const found: string[] = [];
  let from = 0;
  for (const end of text.matchAll(END)) {
    const to = end.index + end[0].length;
    const sentence = text.slice(from, to);
    if (SHORT.test(sentence) || /(?:^|\s)\d{1,2}\.$/.test(sentence)) continue;
    if (!whole && to === text.length && !CJK.test(end[0])) break; // "3." may become "3.5"
    found.push(sentence);
    from = to;
  }
  if (whole) found.push(text.slice(from));
  return found.map((sentence) => sentence.trim()).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence)).flatMap(shortened);
}

/** What is too long for one breath is cut where it has a comma. */
function shortened(sentence: string): string[] {
  if (sentence.length <= LONGEST) return [sentence];
  const head = sentence.slice(0, LONGEST);
  const comma = Math.max(...[",", "，", "、", "；", ";", " "].map((sign) => head.lastIndexOf(sign)));
  const at = comma > LONGEST / 3 ? comma + 1 : LONGEST;
  return [sentence.slice(0, at).trim(), ...shortened(sentence.slice(at).trim())].filter(Boolean);
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
