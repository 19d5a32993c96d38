// One renderer for history and for text that grows: blocks that are settled are never touched again, only the tail is.
import type { Token } from "marked";
import { drawFormulas } from "./formulas.ts";
import { furnish } from "./furnish.ts";
import { grow } from "./growth.ts";
import { completed } from "./half-finished.ts";
import { highlight } from "./highlight.ts";
import { html, lex } from "./parse.ts";
import { sanitised } from "./sanitise.ts";

const BATCH = 1500; // characters that are made into nodes at once

export interface Shown {
  text: string;
  done: boolean;
  sources: ReadonlySet<number>;
}

export class LiveMarkdown {
  #host: HTMLElement;
  #shown: Shown = { text: "", done: false, sources: new Set() };
  #settled = 0;
  #stored: boolean | null = null;
  #tail: ChildNode[] = [];
  #openCode: { node: Text; lang: string } | null = null;
  /** Tokens of the shown text that are still to be drawn. */
  #waiting: Token[] = [];

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /** Shows this text; false when the deadline came before its end, and the same call goes on. */
  show(next: Shown, deadline: number): boolean {
    const text = next.text.replace(/\r\n?/g, "\n");
    const before = this.#shown;
    this.#stored ??= next.done;
    const same = text === before.text && next.done === before.done && equal(next.sources, before.sources);
    if (same && !this.#waiting.length) return true;
    if (!same) {
      if (!text.startsWith(before.text) || !equal(next.sources, before.sources)) this.#forget();
      // An answer that goes on may go on in the middle of its last paragraph.
      if (before.done) this.#forget();
      // A definition that came late changes links above it.
      if (next.done && !before.done && /^ {0,3}\[[^\]]+\]:/m.test(text)) this.#forget();
      this.#shown = { ...next, text };
      this.#waiting = lex(text.slice(this.#settled), !next.done);
    }
    return this.#draw(deadline);
  }

  #draw(deadline: number): boolean {
    const last = this.#shown.done ? this.#waiting.length : lastBlock(this.#waiting);
    const tail = this.#waiting.slice(last).find((token) => token.type !== "space");
    if (!last && this.#growCode(tail)) return this.#drawn();
    this.#openCode = null;
    for (let at = 0; at < last; ) {
      const batch = firstOf(this.#waiting.slice(at, last));
      this.#settle(batch);
      at += batch.length;
      if (at < last && performance.now() >= deadline) {
        this.#waiting = this.#waiting.slice(at);
        return false;
      }
    }
    this.#drawTail(tail);
    return this.#drawn();
  }

  #drawn(): true {
    this.#waiting = [];
    return true;
  }

  #settle(tokens: Token[]): void {
    const nodes = this.#put(tokens);
    this.#tail = [];
    this.#settled += tokens.reduce((length, token) => length + token.raw.length, 0);
    for (const node of nodes) {
      if (!(node instanceof HTMLElement)) continue;
      for (const pre of node.querySelectorAll<HTMLElement>("pre[data-lang]")) {
        const code = pre.querySelector("code");
        if (code && pre.dataset["lang"]) highlight(code, pre.dataset["lang"]);
      }
    }
  }

  #drawTail(token: Token | undefined): void {
    this.#tail = this.#put(token ? whole(token) : []);
    const [block] = this.#tail;
    const node = block instanceof HTMLElement ? block.querySelector("pre > code")?.firstChild : null;
    if (token?.type === "code" && node instanceof Text) this.#openCode = { node, lang: String(token["lang"] ?? "") };
  }

  /** Draws these tokens in the place of the tail. */
  #put(tokens: Token[]): ChildNode[] {
    const fragment = sanitised(html(tokens));
    furnish(fragment, this.#shown.sources, this.#stored ?? false);
    const nodes = grow(this.#host, this.#tail, [...fragment.childNodes]);
    drawFormulas(nodes);
    return nodes;
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

  #forget(): void {
    this.#host.replaceChildren();
    this.#settled = 0;
    this.#tail = [];
    this.#openCode = null;
  }
}

/** As many tokens as are made into nodes at once. */
function firstOf(tokens: Token[]): Token[] {
  let length = 0;
  const end = tokens.findIndex((token) => (length += token.raw.length) > BATCH);
  return end < 0 ? tokens : tokens.slice(0, Math.max(1, end));
}

/** The last block with its half-finished marks completed or held back. */
function whole(token: Token): Token[] {
  if (token.type === "code" || token.type === "blockMaths") return [token];
  const text = completed(token.raw);
  return text === token.raw ? [token] : lex(text, true);
}

/** Where the last block begins: everything before it is settled. */
function lastBlock(tokens: Token[]): number {
  let at = tokens.length - 1;
  while (at > 0 && tokens[at]?.type === "space") at -= 1;
  return Math.max(0, at);
}

function equal(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  return one.size === other.size && [...one].every((n) => other.has(n));
}
