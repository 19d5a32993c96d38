import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { postJson } from "../api.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import type { ChatSummary } from "../wire.ts";
import { isPicture } from "../images/picture-answer.ts";
import { copyText } from "./clipboard.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { menuKeys, place } from "./menu-sheet.ts";
import { Popup } from "./popup.ts";

const LONGEST_PROMPT = 4000; // characters of what a picture is described with

/** What else can be done with a message: a new chat from here, its link, its end. */
export class MessageMenu extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false }, compact: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  /** One of several next to each other: it is not deleted from among them. */
  declare compact: boolean;
  #popup = new Popup(this);
  #note = "";

  protected override render(): unknown {
    const { open } = this.#popup;
    const { page, message } = this;
    const several = page.conversation.tree.siblings(message).length > 1;
    return html`<button type="button" class="button button--quiet button--icon button--small" data-opens aria-haspopup="menu" aria-expanded=${open}
        aria-label=${t("More")} title=${t("More")} @click=${() => this.#popup.toggle()}>${icon("more")}</button>
      ${this.#note ? html`<span class="kept" role="status">${icon("check")}<a href=${this.#note}>${t("Kept as a note")}</a></span>` : nothing}
      ${open ? html`<div class="popup message-menu__sheet" role="menu" @keydown=${menuKeys}>
        ${message.role === "assistant" && !message.running && !isPicture(message) ? this.#item("edit", t("Edit this answer"), () => this.dispatchEvent(new Event("rewrite", { bubbles: true }))) : nothing}
        ${page.boot.images && message.text && !isPicture(message) ? this.#item("image", t("Draw this"), () => this.#draw()) : nothing}
        ${several ? this.#item("columns", t("Differences to another version"), () => page.aside.showDifferences(message)) : nothing}
        ${this.#item("out", t("New chat from here"), () => this.#fork(false))}
        ${this.#item("out", t("New chat with all branches"), () => this.#fork(true))}
        ${message.text ? this.#item("file", t("Keep as a note"), () => this.#keepNote()) : nothing}
        ${this.#item("copy", t("Copy the link"), () => this.#link())}
        ${this.compact || message.running ? nothing : this.#item("trash", t("Delete from here"), () => this.page.removals.begin(this.page.conversation, this.message))}
      </div>` : nothing}`;
  }

  protected override updated(): void {
    if (this.#popup.open) place(this);
    if (this.#popup.open && !this.querySelector("[role=menuitem]:focus")) this.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }

  #item(name: Parameters<typeof icon>[0], words: string, act: () => unknown): unknown {
    const done = (): void => {
      this.#popup.toggle(false);
      void act();
    };
    return html`<button type="button" class="menu__item" role="menuitem" @click=${done}>${icon(name)}${words}</button>`;
  }

  /** Its words, or those that are marked in it, go into the box as what a picture is to show. */
  #draw(): void {
    const selection = getSelection();
    const marked = selection?.anchorNode && this.closest(".message")?.contains(selection.anchorNode) ? selection.toString().trim() : "";
    this.page.images.turn(true);
    this.dispatchEvent(new CustomEvent("suggest", { bubbles: true, detail: (marked || this.message.text).slice(0, LONGEST_PROMPT) }));
  }

  #fork(whole: boolean): Promise<void> {
    const { page, message } = this;
    return page.attempt(async () => {
      const { id } = await postJson<ChatSummary>(`/api/chats/${page.conversation.id}/messages/${message.id}/fork`, { whole });
      void page.list.load();
      this.dispatchEvent(new CustomEvent("route", { bubbles: true, detail: `/c/${id}/` }));
    });
  }

  #keepNote(): Promise<void> {
    return this.page.attempt(async () => {
      this.#note = (await postJson<{ url: string }>("/api/notes", { text: this.message.text })).url;
      this.requestUpdate();
    });
  }

  #link(): Promise<void> {
    const button = this.querySelector<HTMLButtonElement>("[data-opens]");
    const link = new URL(`/c/${this.page.conversation.id}/#m${this.message.id}`, location.href);
    return button ? copyText(button, link.href) : Promise.resolve();
  }
}

customElements.define("message-menu", MessageMenu);
