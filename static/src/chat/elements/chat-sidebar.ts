import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../../i18n.ts";
import { byDay } from "../chat-days.ts";
import type { ChatPage } from "../chat-page.ts";
import type { ChatSummary, SearchResult } from "../wire.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { marked } from "./marked.ts";

const TYPING = 200; // ms of rest before a search is sent

/** The conversations: by day, or what a search found. */
export class ChatSidebar extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  /** The title as it was when renaming began: one that arrives meanwhile does not overwrite what is typed. */
  #renaming: { id: string; title: string } | null = null;
  #typing = 0;

  protected override willUpdate(): void {
    this.follow(this.page, this.page.list, this.page.conversation);
  }

  protected override render(): unknown {
    const { list } = this.page;
    return html`
      <div class="sidebar__head">
        <a class="button new-chat" href="/" data-route>${icon("plus")}${t("New chat")}</a>
        <button type="button" class="button button--quiet button--icon" aria-label=${t("Hide the list of chats")} title=${t("Hide the list of chats")} @click=${() => this.#say("hide")}>${icon("panel")}</button>
      </div>
      <label class="sidebar__search">${icon("search")}<input class="bare" type="search" autocomplete="off" aria-label=${t("Search chats")} placeholder=${t("Search chats")} @input=${this.#search}></label>
      <nav class="sidebar__list" aria-label=${t("Chats")} tabindex="-1">
        ${list.problem ? html`<div class="notice notice--error">${list.problem} <button type="button" class="button button--small" @click=${() => void list.load()}>${t("Retry")}</button></div>` : nothing}
        ${list.results ? this.#results(list.results) : this.#days()}
      </nav>`;
  }

  #days(): unknown {
    const { list, boot } = this.page;
    if (!list.loaded) return html`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`;
    if (!list.visible.length) return html`<p class="sidebar__empty">${t("Your chats will be listed here.")}</p>`;
    return html`${byDay(list.visible, new Date(), boot.language).map((group) => html`
        <h2 class="sidebar__day">${group.name}</h2>
        <ul class="sidebar__chats">${repeat(group.chats, (chat) => chat.id, (chat) => this.#row(chat))}</ul>`)}
      ${list.next ? html`<button type="button" class="button button--quiet button--small button--wide" @click=${() => void list.loadMore()}>${t("Show more")}</button>` : nothing}`;
  }

  #results(results: SearchResult[]): unknown {
    const { query, whole } = this.page.list;
    const rest = whole ? nothing : html`<p class="sidebar__empty" role="status">${t("Your older chats are still being prepared for searching. Search again in a moment.")}</p>`;
    if (!results.length) return whole ? html`<p class="sidebar__empty" role="status">${t("No chat contains “{query}”.", { query })}</p>` : rest;
    return html`<ul class="sidebar__chats">${results.map((result) => html`<li class="chat-row">
      <a class="chat-row__link chat-row__link--found" href=${`/c/${result.chat}/${result.message ? `#m${result.message}` : ""}`} data-route><bdi>${result.title || t("Untitled chat")}</bdi>
        ${result.snippet ? html`<small dir="auto">${marked(result.snippet, result.marks)}</small>` : nothing}</a></li>`)}</ul>${rest}`;
  }

  #row(chat: ChatSummary): unknown {
    if (this.#renaming?.id === chat.id) return this.#renameForm(chat);
    const current = chat.id === this.page.conversation.id;
    const title = chat.title || t("Untitled chat");
    const unseen = this.page.list.unseen.has(chat.id);
    return html`<li class="chat-row" ?data-unseen=${unseen} data-current=${current ? "" : nothing}>
      <a class="chat-row__link" href="/c/${chat.id}/" data-route aria-current=${current ? "page" : nothing} title=${title}>
        ${chat.running ? html`<span class="chat-row__live" role="img" aria-label=${t("being answered")}></span>`
          : unseen ? html`<span class="chat-row__new" role="img" aria-label=${t("has a new answer")}></span>` : nothing}<bdi>${title}</bdi></a>
      <span class="chat-row__tools">
        <button type="button" class="chat-row__tool" aria-label=${t("Rename {title}", { title })} title=${t("Rename")} @click=${() => void this.#rename(chat)}>${icon("edit")}</button>
        <button type="button" class="chat-row__tool" aria-label=${t("Delete {title}", { title })} title=${t("Delete")} @click=${() => this.#remove(chat.id)}>${icon("trash")}</button>
      </span></li>`;
  }

  #renameForm(chat: ChatSummary): unknown {
    const before = this.#renaming?.title ?? chat.title;
    const done = (event: Event): void => {
      event.preventDefault();
      if (!this.#renaming) return;
      const title = this.querySelector<HTMLInputElement>(".chat-row__name")?.value.trim();
      this.#renaming = null;
      if (title && title !== before) void this.page.list.rename(chat.id, title);
      this.requestUpdate();
    };
    const cancel = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#renaming = null;
      this.requestUpdate();
    };
    return html`<li class="chat-row"><form @submit=${done} @keydown=${cancel}><input class="chat-row__name input" aria-label=${t("Title")} maxlength="200" .value=${before} @blur=${done}></form></li>`;
  }

  async #rename(chat: ChatSummary): Promise<void> {
    this.#renaming = { id: chat.id, title: chat.title };
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLInputElement>(".chat-row__name")?.select();
  }

  #remove(id: string): void {
    this.page.list.removeLater(id);
    if (id === this.page.conversation.id) this.#say("gone");
  }

  #search(event: InputEvent): void {
    const query = (event.target as HTMLInputElement).value;
    clearTimeout(this.#typing);
    this.#typing = window.setTimeout(() => void this.page.list.search(query), TYPING);
  }

  #say(what: string): void {
    this.dispatchEvent(new CustomEvent(what, { bubbles: true }));
  }
}

customElements.define("chat-sidebar", ChatSidebar);
