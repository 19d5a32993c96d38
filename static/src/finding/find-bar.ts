// Finding in the open chat: the server says in which messages the words stand, the page brings them and marks them.
import { html, nothing } from "lit";
import "../chat/shared.ts";
import { t } from "../i18n.ts";
import { getJson } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import type { ChatThread } from "../chat/elements/chat-thread.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { Places } from "./places.ts";
import { foldedText, rangesOf } from "./ranges.ts";

const TYPING = 150; // ms of rest
const FRAMES = 90; // to wait for a message that is being drawn
const ALL = "find";
const HERE = "find-here";

interface Found {
  hits: [number, number][];
  elsewhere: number;
}

export class FindBar extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #places = new Places([]);
  #elsewhere = 0;
  #query = "";
  #typing = 0;
  #chat: string | null = null;
  #searched = "";

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#typing);
    CSS.highlights?.delete(ALL);
    CSS.highlights?.delete(HERE);
  }

  protected override willUpdate(): void {
    const { conversation } = this.page;
    this.follow(this.page, conversation);
    if (this.#chat !== null && this.#chat !== conversation.id) this.page.keeping.find(false);
    this.#chat = conversation.id;
  }

  protected override render(): unknown {
    const { total, number } = this.#places;
    const words = !this.#searched ? "" : total ? t("{n} of {all}", { n: number, all: total }) : t("Not in this chat");
    return html`<search class="find" aria-label=${t("Find in this chat")}>
      <label class="find__box">${icon("search")}<input class="bare" type="text" autocomplete="off" spellcheck="false" aria-label=${t("Find in this chat")} placeholder=${t("Find in this chat")}
        @input=${this.#input} @keydown=${this.#key}></label>
      <span class="find__count" role="status">${words}${this.#elsewhere ? html` <span class="muted">${t("+{n} in other versions", { n: this.#elsewhere })}</span>` : nothing}</span>
      ${this.#button("find__up", t("Previous"), () => void this.#go(-1), !total)}
      ${this.#button("find__down", t("Next"), () => void this.#go(1), !total)}
      <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Close")} title=${t("Close")} @click=${this.#close}>${icon("close")}</button></search>`;
  }

  #button(name: string, label: string, act: () => void, off: boolean): unknown {
    return html`<button type="button" class="button button--quiet button--icon button--small ${name}" aria-label=${label} title=${label} ?disabled=${off} @click=${act}>${icon("down")}</button>`;
  }

  protected override firstUpdated(): void {
    this.querySelector("input")?.focus();
  }

  protected override updated(): void {
    if (this.#searched) requestAnimationFrame(() => this.#mark());
  }

  #input = (event: InputEvent): void => {
    this.#query = (event.target as HTMLInputElement).value;
    clearTimeout(this.#typing);
    this.#typing = window.setTimeout(() => void this.#search(), TYPING);
  };

  #key = (event: KeyboardEvent): void => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") this.#close();
    else if (event.key === "Enter") void this.#enter(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  async #enter(by: -1 | 1): Promise<void> {
    clearTimeout(this.#typing);
    if (this.#query.trim() === this.#searched) await this.#go(by);
    else await this.#search();
  }

  async #search(): Promise<void> {
    const query = this.#query.trim();
    const { id } = this.page.conversation;
    if (!id || query === this.#searched) return;
    await this.page.attempt(async () => {
      const found = query ? await getJson<Found>(`/api/chats/${id}/find?q=${encodeURIComponent(query)}`) : { hits: [], elsewhere: 0 };
      if (query !== this.#query.trim()) return;
      this.#searched = query;
      this.#places = new Places(found.hits);
      this.#elsewhere = found.elsewhere;
      this.#places.startFrom(this.#firstInSight());
      await this.#go(0);
    });
    this.requestUpdate();
    this.#mark();
  }

  /** To the next place, the one before, or the one that is due. */
  async #go(by: -1 | 0 | 1): Promise<void> {
    const place = this.#places.step(by);
    this.requestUpdate();
    if (!place) return;
    const { page } = this;
    const query = this.#searched;
    await page.attempt(async () => void (await page.conversation.reach(place.message)));
    for (let frame = 0; frame < FRAMES && query === this.#searched && this.#places.now === place; frame += 1) {
      await new Promise(requestAnimationFrame);
      if (!frame) document.querySelector<ChatThread>("chat-thread")?.goTo(place.message);
      const [range] = this.#ranges(place.message).slice(place.nth).concat(this.#ranges(place.message).slice(-1));
      if (!range) continue;
      range.startContainer.parentElement?.scrollIntoView({ block: "center", inline: "nearest" });
      break;
    }
    this.#mark();
  }

  #mark(): void {
    if (!CSS.highlights || !this.isConnected) return;
    const { now } = this.#places;
    const all = [...document.querySelectorAll<HTMLElement>("chat-thread .message[data-id]")].flatMap((message) => this.#rangesIn(message));
    CSS.highlights.set(ALL, new Highlight(...all));
    const here = now ? this.#ranges(now.message) : [];
    const one = now && (here[now.nth] ?? here.at(-1));
    const shown = new Highlight(...(one ? [one] : []));
    shown.priority = 1;
    CSS.highlights.set(HERE, shown);
  }

  #ranges(message: number): Range[] {
    const element = document.querySelector<HTMLElement>(`chat-thread .message[data-id="${message}"]`);
    return element ? this.#rangesIn(element) : [];
  }

  #rangesIn(message: HTMLElement): Range[] {
    const wanted = foldedText(this.#searched);
    return [...message.querySelectorAll(".prose[data-live], .question")].flatMap((words) => rangesOf(words, wanted));
  }

  #firstInSight(): number {
    const top = document.querySelector("chat-thread .thread")?.getBoundingClientRect().top ?? 0;
    const messages = [...document.querySelectorAll<HTMLElement>("chat-thread .message[data-id]")];
    return Number(messages.find((message) => message.getBoundingClientRect().bottom > top)?.dataset["id"]) || 0;
  }

  #close = (): void => {
    this.page.keeping.find(false);
    document.querySelector<HTMLElement>("chat-thread .thread")?.focus();
  };
}

customElements.define("find-bar", FindBar);
