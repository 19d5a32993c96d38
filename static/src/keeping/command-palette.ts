// Ctrl+K: commands, models, libraries and chats in one list, by keyboard alone.
import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import { getJson } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { marked } from "../chat/elements/marked.ts";
import { Temporary } from "../chat/temporary.ts";
import type { SearchResult } from "../chat/wire.ts";
import { type Entry, found } from "./palette-entries.ts";

const TYPING = 150; // ms of rest before messages are searched
const MOST_CHATS = 30;

export class CommandPalette extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #query = "";
  #at = 0;
  #typing = 0;
  #results: SearchResult[] = [];

  protected override willUpdate(): void {
    this.follow(this.page.list, this.page.models, this.page.choices);
  }

  protected override render(): unknown {
    const entries = this.#entries();
    const at = Math.min(this.#at, entries.length - 1);
    return html`<label class="picker__search">${icon("search")}<input class="bare" type="text" role="combobox" autocomplete="off" spellcheck="false" aria-expanded="true"
        aria-label=${t("Search chats, commands, models and libraries")} placeholder=${t("Search chats, commands, models and libraries")} aria-controls="palette"
        aria-activedescendant=${entries[at] ? `palette-${at}` : nothing} @keydown=${(event: KeyboardEvent) => this.#key(event, entries, at)} @input=${this.#input}></label>
      <ul class="picker__list palette__list" id="palette" role="listbox" aria-label=${t("Found")}>
        ${entries.map((entry, index) => html`
          ${entry.group === entries[index - 1]?.group ? nothing : html`<li class="picker__group" role="presentation">${entry.group}</li>`}
          <li class="picker__option" id="palette-${index}" role="option" aria-selected=${index === at} data-at=${index === at ? "" : nothing}
            @pointermove=${() => this.#move(index)} @click=${() => this.#take(entry)}>
            ${icon(entry.icon)}<span class="picker__name"><bdi>${entry.name}</bdi>${entry.note ? html`<small dir="auto">${entry.note}</small>` : nothing}</span>
            ${entry.on ? icon("check") : nothing}</li>`)}
      </ul>
      ${entries.length ? nothing : html`<p class="picker__empty" role="status">${t("Nothing fits “{query}”.", { query: this.#query })}</p>`}`;
  }

  protected override firstUpdated(): void {
    this.querySelector("input")?.focus();
  }

  protected override updated(): void {
    this.querySelector("[data-at]")?.scrollIntoView({ block: "nearest" });
  }

  #entries(): Entry[] {
    const { page } = this;
    const { list, choices, models } = page;
    const go = (path: string) => (): void => void this.dispatchEvent(new CustomEvent("route", { bubbles: true, detail: path }));
    const leave = (path: string) => (): void => location.assign(path);
    const command = (name: string, sign: Entry["icon"], act: () => unknown): Entry => ({ group: t("Commands"), name, icon: sign, act });
    const chats = [...list.shelves.pinned, ...list.visible].map((chat): Entry => ({ group: t("Chats"), name: chat.title || t("Untitled chat"), icon: "chat", act: go(`/c/${chat.id}/`) }));
    const here = [
      command(t("New chat"), "plus", go("/")),
      command(t("Temporary chat"), "eye", () => page.keeping.beginTemporary(new Temporary((frame) => page.socket.send(frame)))),
      command(t("New folder"), "folder", () => page.keeping.ask({ kind: "folder", folder: null, chats: [] })),
      command(t("Archive"), "box", () => list.shelves.show({ kind: "archive" })),
      ...(page.conversation.id ? [command(t("Find in this chat"), "search", () => page.keeping.find(true)), command(t("Print or save as PDF"), "file", () => window.open(`/c/${page.conversation.id}/print/`, "_blank", "noopener"))] : []),
      command(t("Import chats"), "latest", leave("/import/")),
      command(t("Libraries"), "book", leave("/knowledge/")),
      command(t("Your account"), "person", leave("/account/")),
      ...(page.boot.user.administrator ? [command(t("Administration"), "tool", leave("/admin/"))] : []),
      ...list.shelves.folders.map((folder): Entry => ({ group: t("Folders"), name: folder.name, icon: "folder", act: () => list.shelves.show({ kind: "folder", id: folder.id }) })),
      ...models.all.map((model): Entry => ({ group: t("Models"), name: model.name, note: model.connection, icon: "server", on: choices.model?.id === model.id, act: () => choices.choose(model.id) })),
      ...choices.allLibraries.map((library): Entry => ({ group: t("Libraries"), name: library.name, icon: "book", on: choices.libraries.includes(library.id), act: () => choices.toggleLibrary(library.id) })),
    ];
    const shown = new Set(this.#results.map(({ chat }) => `/c/${chat}/`));
    const said = this.#results.map((result): Entry => ({
      group: t("Found in chats"),
      name: result.title || t("Untitled chat"),
      note: result.snippet ? marked(result.snippet, result.marks) : "",
      icon: "chat",
      act: go(`/c/${result.chat}/${result.message ? `#m${result.message}` : ""}`),
    }));
    if (!this.#query.trim()) return [...here.slice(0, 4), ...chats.slice(0, 8)];
    return [...found(here, this.#query), ...(shown.size ? [] : found(chats, this.#query).slice(0, MOST_CHATS)), ...said];
  }

  #key(event: KeyboardEvent, entries: Entry[], at: number): void {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#move((at + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter" && entries[at]) this.#take(entries[at]);
    else return;
    event.preventDefault();
  }

  #move(at: number): void {
    if (at === this.#at) return;
    this.#at = at;
    this.requestUpdate();
  }

  #take(entry: Entry): void {
    this.page.keeping.done();
    void entry.act();
  }

  #input = (event: InputEvent): void => {
    this.#query = (event.target as HTMLInputElement).value;
    this.#at = 0;
    clearTimeout(this.#typing);
    if (!this.#query.trim()) this.#results = [];
    else this.#typing = window.setTimeout(() => void this.#search(this.#query), TYPING);
    this.requestUpdate();
  };

  async #search(query: string): Promise<void> {
    await this.page.attempt(async () => {
      const { results } = await getJson<{ results: SearchResult[] }>(`/api/chats/search?q=${encodeURIComponent(query)}`);
      if (query === this.#query) this.#results = results;
    });
    this.requestUpdate();
  }
}

customElements.define("command-palette", CommandPalette);
