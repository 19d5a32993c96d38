// One renderer for history and for text that grows: blocks that are settled are never touched again, only the tail is.
import type { Token } from "marked";
import { drawFormulas } from "./formulas.ts";
import { furnish } from "./furnish.ts";
import { completed } from "./half-finished.ts";
import { highlight } from "./highlight.ts";
import { html, lex } from "./parse.ts";
import { sanitised } from "./sanitise.ts";

const FRAME = 40; // ms between two drawings of a growing text

export interface Shown {
  text: string;
  done: boolean;
  sources: ReadonlySet<number>;
}

export class LiveMarkdown {
  #host: HTMLElement;
  #shown: Shown = { text: "", done: false, sources: new Set() };
  #settled = 0;
  #tail: ChildNode[] = [];
  #openCode: { node: Text; lang: string } | null = null;
  #timer = 0;
  #drawnAt = -FRAME;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  show(next: Shown): void {
    const text = next.text.replace(/\r\n?/g, "\n");
    const before = this.#shown;
    if (text === before.text && next.done === before.done && same(next.sources, before.sources)) return;
    if (!text.startsWith(before.text) || !same(next.sources, before.sources)) this.#forget();
    // A definition that came late changes links above it.
    if (next.done && !before.done && /^ {0,3}\[[^\]]+\]:/m.test(text)) this.#forget();
    this.#shown = { ...next, text };
    if (next.done) this.#drawNow();
    else this.#timer ||= window.setTimeout(() => this.#drawNow(), this.#wait());
  }

  #wait(): number {
    return Math.max(0, FRAME - (performance.now() - this.#drawnAt));
  }

  #drawNow(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#draw();
    this.#drawnAt = performance.now();
  }

  #draw(): void {
    const { text, done } = this.#shown;
    const tokens = lex(text.slice(this.#settled), !done);
    const cut = done ? tokens.length : lastBlock(tokens);
    const settled = tokens.slice(0, cut);
    const tail = tokens.slice(cut).filter((token) => token.type !== "space");
    if (!settled.length && this.#growCode(tail[0])) return;
    for (const node of this.#tail) node.remove();
    this.#tail = [];
    this.#openCode = null;
    if (settled.length) this.#settle(settled);
    if (tail[0]) this.#drawTail(tail[0]);
  }

  #settle(tokens: Token[]): void {
    const fragment = this.#furnished(tokens);
    for (const pre of fragment.querySelectorAll<HTMLElement>("pre[data-lang]")) {
      const code = pre.querySelector("code");
      if (code && pre.dataset["lang"]) void highlight(code, pre.dataset["lang"]);
    }
    this.#host.append(fragment);
    this.#settled += tokens.reduce((length, token) => length + token.raw.length, 0);
  }

  #drawTail(token: Token): void {
    const whole = token.type === "code" || token.type === "blockMaths" ? [token] : lex(completed(token.raw), true);
    const fragment = this.#furnished(whole);
    this.#tail = [...fragment.childNodes];
    const node = fragment.querySelector("pre > code")?.firstChild;
    if (token.type === "code" && node instanceof Text) this.#openCode = { node, lang: String(token["lang"] ?? "") };
    this.#host.append(fragment);
  }

  /** Long code grows by adding characters to one text node. */
  #growCode(token: Token | undefined): boolean {
    const open = this.#openCode;
    if (!open || token?.type !== "code" || open.lang !== String(token["lang"] ?? "")) return false;
    const text = String(token["text"]);
    if (!text.startsWith(open.node.data)) return false;
    open.node.appendData(text.slice(open.node.data.length));
    return true;
  }

  #furnished(tokens: Token[]): DocumentFragment {
    const fragment = sanitised(html(tokens));
    furnish(fragment, this.#shown.sources);
    drawFormulas(fragment);
    return fragment;
  }

  #forget(): void {
    this.#host.replaceChildren();
    this.#settled = 0;
    this.#tail = [];
    this.#openCode = null;
  }
}

/** Where the last block begins: everything before it is settled. */
function lastBlock(tokens: Token[]): number {
  let at = tokens.length - 1;
  while (at > 0 && tokens[at]?.type === "space") at -= 1;
  return Math.max(0, at);
}

function same(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  return one.size === other.size && [...one].every((n) => other.has(n));
}
