// Markdown -> tokens -> HTML. What the text has as HTML is escaped, never passed on. Knows no document.
import { Marked, type Token, type Tokens } from "marked";
import { citationMarks } from "./citation-marks.ts";
import { escaped } from "./escape.ts";
import { hostOf, safeAddress } from "./links.ts";
import { maths } from "./maths.ts";

export function lex(text: string, growing: boolean): Token[] {
  return (growing ? whileGrowing : whenDone).lexer(text);
}

export function html(tokens: Token[]): string {
  return whenDone.parser(tokens);
}

const whileGrowing = markdown(true);
const whenDone = markdown(false);

function markdown(growing: boolean): Marked {
  const marked = new Marked({ gfm: true, breaks: false });
  marked.use({
    extensions: [...maths(growing), citationMarks],
    tokenizer: {
      // "[1]: a.pdf" at the end of an answer is a list of sources, not a definition that vanishes.
      def: (source) => (/^ {0,3}\[\d+\]:/.test(source) ? undefined : false),
    },
    renderer: {
      html: ({ text, block }: Tokens.HTML | Tokens.Tag) => (block ? `<p>${escaped(text)}</p>` : escaped(text)),
      code: ({ text, lang }: Tokens.Code) =>
        `<pre data-lang="${escaped((lang ?? "").trim().split(/[\s{:,]/)[0] ?? "")}"><code>${escaped(text)}</code></pre>`,
      checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "☑ " : "☐ "),
      image: ({ href, text }: Tokens.Image) => image(href, text),
      link({ href, title, tokens }: Tokens.Link): string {
        const address = safeAddress(href);
        const words = this.parser.parseInline(tokens);
        if (!address) return words;
        return `<a href="${escaped(address)}" title="${escaped(title ? `${title} (${hostOf(address)})` : hostOf(address))}">${words}</a>`;
      },
    },
  });
  return marked;
}

function image(href: string, text: string): string {
  const address = safeAddress(href);
  return address ? `<span data-image="${escaped(address)}">${escaped(text)}</span>` : escaped(text);
}
