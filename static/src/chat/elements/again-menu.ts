import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { usedLibraries } from "../beside.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import type { Again } from "../origin.ts";
import { askInstead } from "./answer-end.ts";
import { isPicture } from "../images/picture-answer.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { menuKeys, place } from "./menu-sheet.ts";
import { Popup } from "./popup.ts";

/** Another answer beside this one. One click asks for it as before; the menu has what can be asked of it. */
export class AgainMenu extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  #popup = new Popup(this);

  protected override willUpdate(): void {
    this.follow(this.page.choices, this.page.models);
  }

  protected override render(): unknown {
    const { open } = this.#popup;
    return html`
      <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Answer again")} title=${t("Answer again")} @click=${() => this.page.regenerate(this.message)}>${icon("again")}</button>
      ${isPicture(this.message) ? nothing : html`<button type="button" class="button button--quiet button--icon button--small copy-menu__more" data-opens aria-haspopup="menu" aria-expanded=${open}
        aria-label=${t("Other ways to answer")} title=${t("Other ways to answer")} @click=${() => this.#popup.toggle()}>${icon("down")}</button>`}
      ${open ? html`<div class="popup again-menu__sheet" role="menu" @keydown=${menuKeys}>${this.#items()}</div>` : nothing}`;
  }

  protected override updated(): void {
    if (this.#popup.open) place(this);
    if (this.#popup.open && !this.contains(document.activeElement?.closest("[role=menuitem]") ?? null)) this.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }

  #items(): unknown {
    const { page, message } = this;
    const { libraries, webPossible } = page.choices;
    const used = usedLibraries(message);
    const searched = Boolean(message.search);
    return html`
      ${this.#wish(t("Shorter"), { wish: "shorter" })}
      ${this.#wish(t("Longer"), { wish: "longer" })}
      ${page.models.all.length > 1 ? this.#item(t("With another model…"), (event) => askInstead(event, message)) : nothing}
      ${used ? this.#wish(t("Without libraries"), { libraries: [] }) : libraries.length ? this.#wish(t("With the chosen libraries"), { libraries }) : nothing}
      ${webPossible ? (searched ? this.#wish(t("Without the web"), { web_search: false }) : this.#wish(t("With the web"), { web_search: true })) : nothing}
      ${message.reasoning ? this.#wish(t("Without thinking"), { params: { think: false } }) : nothing}`;
  }

  #wish(words: string, again: Again): unknown {
    return this.#item(words, () => this.page.regenerate(this.message, again));
  }

  #item(words: string, act: (event: Event) => void): unknown {
    const done = (event: Event): void => {
      this.#popup.toggle(false);
      act(event);
    };
    return html`<button type="button" class="menu__item" role="menuitem" @click=${done}>${words}</button>`;
  }
}

customElements.define("again-menu", AgainMenu);
