import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t, tn } from "../../i18n.ts";
import { byDay } from "../chat-days.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Shelf } from "../shelves.ts";
import type { ChatSummary, SearchResult } from "../wire.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { marked } from "./marked.ts";

const TYPING = 200; // ms of rest before a search is sent

/** The conversations: pinned ones, folders, the others by day; or what stands in one folder; or what a search found. */
export class ChatSidebar extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  /** The title as it was when renaming began: one that arrives meanwhile does not overwrite what is typed. */
  #renaming: { id: string; title: string } | null = null;
  #typing = 0;
  /** The chat in whose row the focus was. */
  #focused: string | undefined;

  protected override get home(): HTMLElement | null {
    return this.querySelector<HTMLElement>(`[data-chat="${this.#focused}"] .chat-row__tool`) ?? this.#list;
  }

  get #list(): HTMLElement | null {
    return this.querySelector<HTMLElement>(".sidebar__list");
  }

  /** A row that goes from one part of the list may come in another a moment later. */
  protected override updated(): void {
    if (this.#focused && document.activeElement === this.#list) this.home?.focus({ preventScroll: true });
  }

  protected override willUpdate(): void {
    const focused = document.activeElement;
    if (focused !== this.#list) this.#focused = focused?.closest<HTMLElement>("[data-chat]")?.dataset["chat"];
    this.follow(this.page, this.page.list, this.page.conversation, this.page.keeping);
    const id = this.page.keeping.renaming;
    if (id === (this.#renaming?.id ?? null)) return;
    this.#renaming = id ? { id, title: this.page.list.get(id)?.title ?? "" } : null;
    if (id) void this.updateComplete.then(() => this.querySelector<HTMLInputElement>(".chat-row__name")?.select());
  }

  protected override render(): unknown {
    const { list, keeping } = this.page;
    return html`
      <div class="sidebar__head">
        <a class="button new-chat" href="/" data-route>${icon("plus")}${t("New chat")}</a>
        <button type="button" class="button button--quiet button--icon" aria-haspopup="menu" aria-label=${t("Folders, archive and more")} title=${t("Folders, archive and more")} @click=${(event: Event) => keeping.ask({ kind: "tools" }, event.currentTarget as Element)}>${icon("more")}</button>
        <button type="button" class="button button--quiet button--icon" aria-label=${t("Hide the list of chats")} title=${t("Hide the list of chats")} @click=${() => this.#say("hide")}>${icon("panel")}</button>
      </div>
      <label class="sidebar__search">${icon("search")}<input class="bare" type="search" autocomplete="off" aria-label=${t("Search chats")} placeholder=${t("Search chats")} @input=${this.#search}></label>
      <nav class="sidebar__list" aria-label=${t("Chats")} tabindex="-1">
        ${list.problem ? html`<div class="notice notice--error">${list.problem} <button type="button" class="button button--small" @click=${() => void list.load()}>${t("Retry")}</button></div>` : nothing}
        ${list.results ? this.#results(list.results) : list.shelves.open ? this.#shelf(list.shelves.open) : this.#days()}
      </nav>
      ${keeping.selected ? this.#selection(keeping.selected) : nothing}`;
  }

  #days(): unknown {
    const { list } = this.page;
    const { shelves } = list;
    if (!list.loaded) return html`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`;
    const pinned = list.shown(shelves.pinned);
    if (!list.visible.length && !pinned.length && !shelves.folders.length) return html`<p class="sidebar__empty">${t("Your chats will be listed here.")}<br><a href="/import/">${t("Bring your chats from elsewhere")}</a></p>`;
    return html`
      ${pinned.length ? html`<h2 class="sidebar__day">${t("Pinned")}</h2>${this.#rows(pinned)}` : nothing}
      ${shelves.folders.length ? html`<h2 class="sidebar__day">${t("Folders")}</h2>
        <ul class="sidebar__chats">${shelves.folders.map((folder) => html`<li class="chat-row"><button type="button" class="chat-row__link" @click=${() => void shelves.show({ kind: "folder", id: folder.id })}>${icon("folder")}<bdi>${folder.name}</bdi></button></li>`)}</ul>` : nothing}
      ${this.#byDay(list.visible)}
      ${list.next ? this.#more(() => void list.loadMore()) : nothing}`;
  }

  /** One folder, tag, or the archive. */
  #shelf(shelf: Shelf): unknown {
    const { list, keeping } = this.page;
    const { place } = shelf;
    const folder = list.shelves.openFolder;
    const name = place.kind === "archive" ? t("Archive") : place.kind === "tag" ? `#${place.name}` : (folder?.name ?? "");
    const chats = list.shown(shelf.chats);
    return html`<div class="sidebar__shelf">
        <button type="button" class="button button--quiet button--icon" aria-label=${t("All chats")} title=${t("All chats")} @click=${() => void list.shelves.show(null)}>${icon("left")}</button>
        <h2><bdi>${name}</bdi></h2>
        ${folder ? html`<button type="button" class="button button--quiet button--icon" aria-label=${t("Change the folder")} title=${t("Change the folder")} @click=${() => keeping.ask({ kind: "folder", folder, chats: [] })}>${icon("edit")}</button>` : nothing}
      </div>
      ${shelf.problem ? html`<div class="notice notice--error">${shelf.problem}</div>` : nothing}
      ${!shelf.loaded ? html`<div class="skeleton" aria-hidden="true"><span></span><span></span></div>`
        : chats.length ? this.#byDay(chats)
        : html`<p class="sidebar__empty">${emptyShelf(place)}</p>`}
      ${shelf.next ? this.#more(() => void list.shelves.loadMore()) : nothing}`;
  }

  #byDay(chats: ChatSummary[]): unknown {
    return byDay(chats, new Date(), this.page.boot.language).map((group) => html`<h2 class="sidebar__day">${group.name}</h2>${this.#rows(group.chats)}`);
  }

  #rows(chats: ChatSummary[]): unknown {
    return html`<ul class="sidebar__chats">${repeat(chats, (chat) => chat.id, (chat) => this.#row(chat))}</ul>`;
  }

  #more(act: () => void): unknown {
    return html`<button type="button" class="button button--quiet button--small button--wide" @click=${act}>${t("Show more")}</button>`;
  }

  #results(results: SearchResult[]): unknown {
    const { query, whole } = this.page.list;
    const rest = whole ? nothing : html`<p class="sidebar__empty" role="status">${t("Your older chats are still being prepared for searching. Search again in a moment.")}</p>`;
    if (!results.length) return whole ? html`<p class="sidebar__empty" role="status">${t("No chat contains “{query}”.", { query })} ${t("Titles and all messages were searched. Fewer words find more.")}</p>` : rest;
    return html`<ul class="sidebar__chats">${results.map((result) => html`<li class="chat-row">
      <a class="chat-row__link chat-row__link--found" href=${`/c/${result.chat}/${result.message ? `#m${result.message}` : ""}`} data-route><bdi>${result.title || t("Untitled chat")}</bdi>
        ${result.snippet ? html`<small dir="auto">${marked(result.snippet, result.marks)}</small>` : nothing}</a></li>`)}</ul>${rest}`;
  }

  #row(chat: ChatSummary): unknown {
    if (this.#renaming?.id === chat.id) return this.#renameForm(chat);
    const { keeping, list } = this.page;
    const current = chat.id === this.page.conversation.id;
    const title = chat.title || t("Untitled chat");
    const unseen = list.unseen.has(chat.id);
    if (keeping.selected) return html`<li class="chat-row"><label class="chat-row__link"><input type="checkbox" .checked=${keeping.selected.has(chat.id)} @change=${() => keeping.toggle(chat.id)}><bdi>${title}</bdi></label></li>`;
    return html`<li class="chat-row" data-chat=${chat.id} ?data-unseen=${unseen} data-current=${current ? "" : nothing}>
      <a class="chat-row__link" href="/c/${chat.id}/" data-route aria-current=${current ? "page" : nothing} title=${title}>
        ${chat.running ? html`<span class="chat-row__live" role="img" aria-label=${t("being answered")}></span>`
          : unseen ? html`<span class="chat-row__new" role="img" aria-label=${t("has a new answer")}></span>` : nothing}<bdi>${title}</bdi></a>
      <span class="chat-row__tools">
        <button type="button" class="chat-row__tool" aria-haspopup="menu" aria-label=${t("More about {title}", { title })} title=${t("More")} @click=${(event: Event) => keeping.ask({ kind: "chat", chat }, event.currentTarget as Element)}>${icon("more")}</button>
      </span></li>`;
  }

  #renameForm(chat: ChatSummary): unknown {
    const before = this.#renaming?.title ?? chat.title;
    const done = (event: Event): void => {
      event.preventDefault();
      if (!this.#renaming) return;
      const title = this.querySelector<HTMLInputElement>(".chat-row__name")?.value.trim();
      this.#renaming = null;
      this.page.keeping.rename(null);
      if (title && title !== before) void this.page.list.rename(chat.id, title);
    };
    const cancel = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#renaming = null;
      this.page.keeping.rename(null);
    };
    return html`<li class="chat-row" data-chat=${chat.id}><form @submit=${done} @keydown=${cancel}><input class="chat-row__name input" aria-label=${t("Title")} maxlength="80" .value=${before} @blur=${done}></form></li>`;
  }

  #selection(selected: ReadonlySet<string>): unknown {
    const { list, keeping } = this.page;
    const ids = [...selected];
    const tool = (name: Parameters<typeof icon>[0], label: string, act: () => unknown): unknown => html`<button type="button" class="button button--quiet button--icon" ?disabled=${!ids.length} aria-label=${label} title=${label} @click=${() => void act()}>${icon(name)}</button>`;
    const archive = (): Promise<void> => this.page.attempt(async () => {
      keeping.select(null);
      await list.keep(ids, list.shelves.open?.place.kind === "archive" ? "restore" : "archive");
    });
    const drop = (): void => {
      keeping.select(null);
      list.removeLater(...ids);
      if (this.page.conversation.id && selected.has(this.page.conversation.id)) this.#say("gone");
    };
    return html`<div class="sidebar__selection" role="toolbar" aria-label=${t("Selected chats")}>
      <span role="status">${tn("{n} selected", "{n} selected", ids.length)}</span>
      ${tool("box", list.shelves.open?.place.kind === "archive" ? t("Out of the archive") : t("Archive"), archive)}
      ${tool("folder", t("Move to a folder"), () => keeping.ask({ kind: "move", chats: ids }))}
      ${tool("tag", t("Tags"), () => keeping.ask({ kind: "tag", chats: ids, tags: ids.length === 1 ? (list.get(ids[0] ?? "")?.tags ?? []) : [] }))}
      ${tool("out", t("Export"), () => this.page.attempt(() => list.download(ids)))}
      ${tool("trash", t("Delete"), drop)}
      <button type="button" class="button button--quiet button--icon" aria-label=${t("Done")} title=${t("Done")} @click=${() => keeping.select(null)}>${icon("close")}</button>
    </div>`;
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

function emptyShelf(place: Shelf["place"]): string {
  if (place.kind === "folder") return t("Nothing lies here yet. A new chat that you begin now does.");
  if (place.kind === "tag") return t("No chat has this tag any more.");
  return t("Nothing is archived. The menu beside a chat puts it here: it leaves the list, and is found by its words all the same.");
}

customElements.define("chat-sidebar", ChatSidebar);
