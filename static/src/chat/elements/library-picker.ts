import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { getJson, postJson } from "../api.ts";
import type { Choices } from "../choices.ts";
import type { Library } from "../wire.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { optionList } from "./option-list.ts";
import { Popup } from "./popup.ts";

interface NoteData {
  id: string;
  title: string;
}

/** Which libraries are asked; opens with its button or with # in the composer. */
export class LibraryPicker extends LightElement {
  static override properties = { choices: { attribute: false } };
  declare choices: Choices;
  #query = "";
  #at = 0;
  #notes: readonly NoteData[] = [];
  #popup = new Popup(this);

  protected override willUpdate(): void {
    this.follow(this.choices);
  }

  protected override render(): unknown {
    const count = this.choices.libraries.length;
    return html`
      <button type="button" class="tool" data-opens aria-haspopup="listbox" aria-expanded=${this.#popup.open}
        data-on=${count ? "" : nothing} title=${t("Answer from libraries (#)")} @click=${() => this.show(!this.#popup.open)}>
        ${icon("book")}<span class="tool__words">${t("Libraries")}</span>${count ? html`<span class="tool__count">${count}</span>` : nothing}
      </button>
      ${this.#popup.open ? html`<div class="popup picker">${this.#options()}<a class="picker__foot" href="/knowledge/">${t("Manage libraries")}</a></div>` : nothing}
    `;
  }

  /** Opens with the focus in the search box, or closes. */
  async show(open = true): Promise<void> {
    this.#query = "";
    this.#at = 0;
    this.#popup.toggle(open);
    if (open) void this.#findNotes();
    await this.updateComplete;
    this.querySelector("input")?.focus();
  }

  /** Notes are looked for when the list is opened; without them it is one of libraries. */
  async #findNotes(): Promise<void> {
    const found = await getJson<{ notes: NoteData[] }>("/api/notes").catch(() => null);
    this.#notes = found?.notes ?? [];
    this.requestUpdate();
  }

  /** The note goes with the question as a file. */
  async #attach(id: string): Promise<void> {
    this.#popup.toggle(false);
    const tray = this.closest("form")?.querySelector<HTMLElement & { restore?(ids: string[]): void }>("webui-attachments");
    const made = await postJson<{ id: string }>(`/api/notes/${id}/attachment`, {}).catch(() => null);
    if (made) tray?.restore?.([made.id]);
    this.dispatchEvent(new Event("picked", { bubbles: true }));
  }

  #options(): unknown {
    return optionList({
      id: "library-options",
      label: t("Search libraries"),
      query: this.#query,
      at: this.#at,
      multiple: true,
      empty: t("You have no library yet. Make one and put documents into it, then ask about them here."),
      options: [...this.choices.allLibraries].sort(byOwner).map((library) => ({
        id: library.id,
        name: library.name,
        group: library.owner ? t("from {who}", { who: library.owner }) : t("Yours"),
        chosen: this.choices.libraries.includes(library.id),
      })).concat(this.#notes.map(({ id, title }) => ({ id, name: title, group: t("Notes, to be attached"), chosen: false }))),
      search: (query) => {
        this.#query = query;
        this.#at = 0;
        this.requestUpdate();
      },
      move: (at) => {
        this.#at = at;
        this.requestUpdate();
      },
      take: (id) => {
        if (this.#notes.some((note) => note.id === id)) return void this.#attach(id);
        this.choices.toggleLibrary(id);
        this.dispatchEvent(new Event("picked", { bubbles: true }));
      },
    });
  }
}

/** One's own first, then each other person's together; by name within, as they came. */
function byOwner(left: Library, right: Library): number {
  return (left.owner ?? "").localeCompare(right.owner ?? "");
}

customElements.define("library-picker", LibraryPicker);
