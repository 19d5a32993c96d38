import { html, nothing } from "lit";
import { getJson } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { Popup } from "../chat/elements/popup.ts";
import { t } from "../i18n.ts";

interface Offered {
  id: number;
  name: string;
  description: string;
  nature: "reads" | "writes" | "destroys";
  asks: boolean;
}

interface Server {
  id: string;
  name: string;
  /** Where this person signs in first; null when there is nothing to sign in to. */
  sign_in: string | null;
  signed_in: boolean;
  tools: Offered[];
}

interface Offer {
  why: string;
  servers: Server[];
}

/** Which tools the model may call; asks the server only when it is opened. */
export class ToolMenu extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #popup = new Popup(this);
  #offer: Offer | null = null;
  #problem = "";

  protected override willUpdate(): void {
    this.follow(this.page.choices);
  }

  protected override render(): unknown {
    const count = this.page.choices.tools.length;
    return html`
      <button type="button" class="tool" data-opens aria-haspopup="dialog" aria-expanded=${this.#popup.open} data-on=${count ? "" : nothing}
        title=${t("Let the model use tools")} @click=${() => void this.#open()}>${icon("tools")}<span class="tool__words">${t("Tools")}</span>${count ? html`<span class="tool__count">${count}</span>` : nothing}</button>
      ${this.#popup.open ? html`<div class="popup picker tool-menu" role="dialog" aria-label=${t("Tools")}>${this.#inside()}</div>` : nothing}`;
  }

  async #open(): Promise<void> {
    this.#popup.toggle();
    if (!this.#popup.open) return;
    this.#problem = "";
    try {
      const model = this.page.choices.model?.id ?? "";
      const temporary = this.page.keeping.temporary !== null;
      this.#offer = await getJson<Offer>(`/api/tools?model=${encodeURIComponent(model)}${temporary ? "&temporary=true" : ""}`);
      const there = new Set(this.#offer.servers.flatMap(({ tools }) => tools.map(({ id }) => id)));
      const { choices } = this.page;
      if (!temporary && choices.tools.some((id) => !there.has(id))) choices.chooseTools(choices.tools.filter((id) => there.has(id)));
    } catch (error) {
      this.#problem = (error as Error).message;
    }
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>(".tool-menu input")?.focus();
  }

  #inside(): unknown {
    if (this.#problem) return html`<p class="picker__empty" role="alert">${this.#problem}</p>`;
    if (!this.#offer) return html`<p class="picker__empty" role="status">${t("Looking…")}</p>`;
    const { why, servers } = this.#offer;
    return html`${why ? html`<p class="notice notice--warn tool-menu__why">${why}</p>` : nothing}
      ${servers.map((server) => this.#server(server))}
      ${servers.length ? nothing : html`<p class="picker__empty">${t("There are no tools that you may use.")}</p>`}`;
  }

  #server(server: Server): unknown {
    const { choices } = this.page;
    const ids = server.tools.map(({ id }) => id);
    const all = ids.every((id) => choices.tools.includes(id));
    const others = choices.tools.filter((id) => !ids.includes(id));
    return html`<fieldset class="tool-menu__server"><legend><bdi>${server.name}</bdi>
        ${ids.length > 1 ? html`<button type="button" class="button button--quiet button--small" @click=${() => choices.chooseTools(all ? others : [...others, ...ids])}>${all ? t("None") : t("All")}</button>` : nothing}</legend>
      ${server.sign_in && !server.signed_in ? html`<p class="tool-menu__sign"><a class="button button--small" href=${server.sign_in} target="_blank" rel="noopener">${t("Sign in there first")}</a></p>` : nothing}
      ${server.tools.map((tool) => this.#tool(tool))}</fieldset>`;
  }

  #tool({ id, name, description, nature, asks }: Offered): unknown {
    const { choices } = this.page;
    const on = choices.tools.includes(id);
    const change = (): void => choices.chooseTools(on ? choices.tools.filter((other) => other !== id) : [...choices.tools, id]);
    return html`<label class="tool-menu__tool"><input type="checkbox" .checked=${on} @change=${change}>
      <span><bdi>${name}</bdi>${nature === "destroys" ? html` <span class="badge">${t("may destroy")}</span>` : nothing}${asks ? html` <span class="badge">${t("asks first")}</span>` : nothing}
        ${description ? html`<small dir="auto">${description}</small>` : nothing}</span></label>`;
  }
}

customElements.define("tool-menu", ToolMenu);
