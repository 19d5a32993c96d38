import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { Message } from "../message.ts";
import { copyText } from "./clipboard.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { menuKeys, place } from "./menu-sheet.ts";
import { Popup } from "./popup.ts";

type Form = "markdown" | "plain" | "sources";

/** An answer on the clipboard: as it was written, without marks, or with its sources. One click copies it as written. */
export class CopyMenu extends LightElement {
  static override properties = { message: { attribute: false } };
  declare message: Message;
  #popup = new Popup(this);

  protected override render(): unknown {
    const { open } = this.#popup;
    return html`
      <button type="button" class="button button--quiet button--icon button--small" data-first aria-label=${t("Copy")} title=${t("Copy")} @click=${() => this.#copy("markdown")}>${icon("copy")}</button>
      <button type="button" class="button button--quiet button--icon button--small copy-menu__more" data-opens aria-haspopup="menu" aria-expanded=${open}
        aria-label=${t("Copy in another form")} title=${t("Copy in another form")} @click=${() => this.#popup.toggle()}>${icon("down")}</button>
      ${open ? html`<div class="popup copy-menu__sheet" role="menu" @keydown=${menuKeys}>
        ${this.#item("markdown", t("Markdown"))}${this.#item("plain", t("Plain text"))}${this.message.sources.length ? this.#item("sources", t("With its sources")) : nothing}</div>` : nothing}`;
  }

  protected override updated(): void {
    if (this.#popup.open) place(this);
    if (this.#popup.open && !this.contains(document.activeElement?.closest("[role=menuitem]") ?? null)) this.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }

  #item(form: Form, words: string): unknown {
    return html`<button type="button" class="menu__item" role="menuitem" @click=${() => this.#copy(form)}>${words}</button>`;
  }

  async #copy(form: Form): Promise<void> {
    this.#popup.toggle(false);
    const first = this.querySelector<HTMLButtonElement>("[data-first]");
    if (!first) return;
    const { plain, withSources } = await import("../answer-text.ts");
    const { text, sources } = this.message;
    await copyText(first, { markdown: () => text, plain: () => plain(text), sources: () => withSources(text, sources) }[form]());
    first.focus();
  }
}

customElements.define("copy-menu", CopyMenu);
