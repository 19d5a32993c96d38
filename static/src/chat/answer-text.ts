// An answer as text for other programs: without marks, or with its sources below.
import "./shared.ts";
import type { Token, Tokens } from "marked";
import { t } from "../i18n.ts";
import { lex } from "../markdown/parse.ts";
import type { Citation } from "./wire.ts";

export function plain(text: string): string {
  return blocks(lex(text, false)).trim();
}

/** As it was written, and the sources that it names, each with where it stands. */
export function withSources(text: string, sources: readonly Citation[]): string {
  const cited = sources.filter((source) => source.cited).sort((a, b) => a.n - b.n);
  if (!cited.length) return text;
  return `${text.trimEnd()}\n\n${t("Sources")}\n${cited.map((source) => `[${source.n}] ${described(source)}`).join("\n")}\n`;
}

function described(source: Citation): string {
  const page = source.page === null ? "" : t("page {n}", { n: source.page });
  return [source.document_name || source.title, page, source.url ?? ""].filter(Boolean).join(", ");
}

function blocks(tokens: readonly Token[], between = "\n\n"): string {
  return tokens.map(block).filter((text) => text !== "").join(between);
}

function block(token: Token): string {
  switch (token.type) {
    case "space":
    case "hr":
    case "def":
      return "";
    case "code":
      return String(token["text"]);
    case "list":
      return list(token as Tokens.List);
    case "table":
      return table(token as Tokens.Table);
    case "blockquote":
      return blocks((token as Tokens.Blockquote).tokens);
    default:
      return inline(token);
  }
}

function list(token: Tokens.List): string {
  const first = typeof token.start === "number" ? token.start : 1;
  return token.items.map((item, at) => {
    const mark = token.ordered ? `${first + at}. ` : "- ";
    return mark + blocks(item.tokens, item.loose ? "\n\n" : "\n").replaceAll(/\n(?=.)/g, `\n${" ".repeat(mark.length)}`);
  }).join("\n");
}

function table(token: Tokens.Table): string {
  return [token.header, ...token.rows].map((row) => row.map((cell) => inlines(cell.tokens)).join("\t")).join("\n");
}

/** A number of a passage goes with the space before it. */
function inlines(tokens: readonly Token[]): string {
  return tokens.reduce((text, token) => (token.type === "citation" ? text.trimEnd() : text + inline(token)), "");
}

/** Words alone: no mark; of a link its words, of a formula its source. */
function inline(token: Token): string {
  if (token.type === "br") return "\n";
  if (token.type === "image") return token["text"] as string;
  const inner = (token as { tokens?: Token[] }).tokens;
  if (inner?.length) return inlines(inner);
  return "text" in token ? unescaped(String(token["text"])) : token.raw;
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
