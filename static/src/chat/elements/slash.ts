import { html, nothing, type ReactiveController } from "lit";
import { t } from "../../i18n.ts";
import { Prompts, type Prompt } from "../prompts.ts";
import type { LightElement } from "./light-element.ts";
import { loadComposing } from "./load-later.ts";

const SIGN = /^[/／、]$/;
const LONGEST = 60; // characters of what is searched
export const OPTIONS = "prompt-options";

/** What the box is to the list of prompts. */
export interface Written {
  box(): HTMLTextAreaElement | null;
  about(): { language: string; user: string };
  /** Puts a text in place of what stands from `start` to `end`. */
  replace(start: number, end: number, text: string): void;
  fail(sentence: string): void;
}

/** `/` at the beginning of a word: a list of prompts above the box, in which what is typed goes on searching. */
export class Slash implements ReactiveController {
  readonly prompts = new Prompts();
  at = 0;
  #host: LightElement;
  #to: Written;
  #sign = -1;
  #query = "";
  /** What was marked last, in a message or in the box: it may be wanted for `{{selection}}`. */
  #marked = "";

  constructor(host: LightElement, to: Written) {
    this.#host = host;
    this.#to = to;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("selectionchange", this.#mark);
    this.prompts.watch(() => this.#host.requestUpdate());
  }

  hostDisconnected(): void {
    document.removeEventListener("selectionchange", this.#mark);
  }

  get open(): boolean {
    return this.#sign >= 0;
  }

  get found(): Prompt[] {
    return this.prompts.fitting(this.#query);
  }

  /** The id of the option that is marked, for the box that keeps the focus. */
  get active(): string | null {
    return this.open && this.found.length ? `${OPTIONS}-${this.#place}` : null;
  }

  get #place(): number {
    return Math.max(0, Math.min(this.at, this.found.length - 1));
  }

  render(): unknown {
    if (!this.open) return nothing;
    const { prompts, found } = this;
    return html`<prompt-list class="popup picker picker--prompts" .found=${found} .at=${this.#place} .query=${this.#query}
      .problem=${prompts.problem} .known=${prompts.known} .any=${prompts.all.length > 0} @marked=${(event: CustomEvent<number>) => this.#move(event.detail)}
      @taken=${(event: CustomEvent<string>) => void this.#take(event.detail)}></prompt-list>`;
  }

  /** `data` is what came into the box just now, as far as the browser tells. */
  typed(box: HTMLTextAreaElement, data: string | null): void {
    const { value, selectionStart: caret } = box;
    if (!this.open) {
      if (data && SIGN.test(data)) this.#begin(value, caret - 1);
      return;
    }
    const query = value.slice(this.#sign + 1, caret);
    const gone = caret <= this.#sign || !SIGN.test(value[this.#sign] ?? "") || query.length > LONGEST || query.includes("\n");
    // A path, or words that are no search: whoever writes them is left alone.
    if (gone || (/[\s/]/.test(query) && this.prompts.known && !this.prompts.fitting(query).length)) return this.close();
    this.#query = query;
    this.at = 0;
    this.#host.requestUpdate();
  }

  /** Whether the key was meant for the list. */
  key(event: KeyboardEvent): boolean {
    if (!this.open || event.isComposing || event.keyCode === 229) return false;
    const { found } = this;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.close();
    else if (step && found.length) this.#move((this.#place + step + found.length) % found.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && found.length) void this.#take(found[this.#place]?.id ?? "");
    else return false;
    event.preventDefault();
    return true;
  }

  close(): void {
    if (!this.open) return;
    this.#sign = -1;
    this.#query = "";
    this.#host.requestUpdate();
  }

  /** `/` with a path behind it, or 、 between words, opens nothing. */
  #begin(value: string, sign: number): void {
    const before = value[sign - 1];
    if (before !== undefined && (before !== "\n" && !(/\s/.test(before) && this.prompts.all.length))) return;
    this.#sign = sign;
    this.#query = "";
    this.at = 0;
    this.#host.requestUpdate();
    void this.prompts.load();
    void loadComposing().catch(() => {
      this.close();
      this.#to.fail(t("This could not be loaded. Check your connection and try again."));
    });
  }

  #move(at: number): void {
    this.at = at;
    this.#host.requestUpdate();
  }

  async #take(id: string): Promise<void> {
    const box = this.#to.box();
    const [start, end] = [this.#sign, this.#sign + 1 + this.#query.length];
    const marked = this.#marked;
    this.close();
    if (!box) return;
    try {
      const [prompt, { ask }] = await Promise.all([this.prompts.open(id), import("../../composing/composing.ts")]);
      const text = await ask(prompt, { marked, ...this.#to.about() });
      box.focus();
      // What was typed meanwhile stays.
      if (text !== null && SIGN.test(box.value[start] ?? "")) this.#to.replace(start, end, text);
      this.#marked = "";
    } catch (error) {
      this.#to.fail((error as Error).message);
    }
  }

  #mark = (): void => {
    const box = this.#to.box();
    const active = document.activeElement;
    if (active === box) {
      const words = box?.value.slice(box.selectionStart, box.selectionEnd) ?? "";
      if (words) this.#marked = words;
      return;
    }
    const selection = getSelection();
    const host = selection?.anchorNode?.parentElement;
    if (host?.closest(".prose, .question")) this.#marked = selection?.toString().trim() ?? "";
  };
}
