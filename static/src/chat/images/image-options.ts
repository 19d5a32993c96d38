import { html, nothing } from "lit";
import { t, tn } from "../../i18n.ts";
import { ApiError } from "../api.ts";
import type { ChatPage } from "../chat-page.ts";
import { icon } from "../elements/icon.ts";
import { LightElement } from "../elements/light-element.ts";
import { PictureHistory } from "./picture-history.ts";
import { type ImageServer, imageServers } from "./servers.ts";

/** Above the box while pictures are asked for: who draws, how large, how many. */
export class ImageOptions extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #servers: ImageServer[] = [];
  #problem = "";
  #more = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  protected override willUpdate(): void {
    this.follow(this.page.images);
  }

  get #server(): ImageServer | undefined {
    return this.#servers.find(({ id }) => id === this.page.images.wish.server) ?? this.#servers[0];
  }

  protected override render(): unknown {
    const server = this.#server;
    const { wish } = this.page.images;
    if (this.#problem) return html`<p class="image-options__problem" role="alert">${this.#problem}</p>`;
    if (!server) return html`<p class="image-options muted small">${t("One moment…")}</p>`;
    return html`<div class="image-options" role="group" aria-label=${t("The picture")}>
      <div class="image-options__row">
        ${this.#servers.length > 1 ? this.#select(t("Made by"), server.id, this.#servers.map(({ id, name }) => [id, name]), (id) => this.#choose({ server: id, size: "", count: 1 })) : nothing}
        ${this.#select(t("Size"), wish.size || server.sizes[0] || "", server.sizes.map((size) => [size, size.replace("x", " × ")]), (size) => this.#choose({ size }))}
        ${server.most > 1 ? this.#select(t("How many"), String(wish.count ?? 1), Array.from({ length: server.most }, (_, n) => [String(n + 1), tn("{n} picture", "{n} pictures", n + 1)]), (count) => this.#choose({ count: Number(count) })) : nothing}
        <button type="button" class="button button--quiet button--icon button--small" aria-expanded=${this.#more} aria-label=${t("More about the picture")} title=${t("More about the picture")} @click=${this.#toggle}>${icon("sliders")}</button>
        <span class="image-options__end">${this.#notes(server)}
          <button type="button" class="button button--quiet button--small" @click=${this.#history}>${t("Made earlier")}</button>
          <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Ask for no picture")} title=${t("Ask for no picture")} @click=${() => this.page.images.turn(false)}>${icon("close")}</button></span>
      </div>
      ${this.#more ? this.#fields(server) : nothing}
    </div>`;
  }

  #select(label: string, value: string, choices: string[][], act: (value: string) => void): unknown {
    return html`<label class="image-options__choice"><span class="visually-hidden">${label}</span>
      <select title=${label} @change=${(event: Event) => act((event.target as HTMLSelectElement).value)}>
        ${choices.map(([id, words]) => html`<option value=${id ?? ""} ?selected=${id === value}>${words}</option>`)}</select></label>`;
  }

  #fields(server: ImageServer): unknown {
    const { wish } = this.page.images;
    return html`<div class="image-options__more">
      ${server.negative ? html`<label class="field"><span>${t("What it must not show")}</span>
        <input type="text" dir="auto" maxlength="2000" .value=${wish.negative ?? ""} @input=${(event: Event) => this.#choose({ negative: (event.target as HTMLInputElement).value })}></label>` : nothing}
      ${server.seeds ? html`<label class="field"><span title=${t("The same number and words give the same picture")}>${t("Seed")}</span>
        <input type="number" min="0" max="4294967295" step="1" placeholder=${t("by chance")} .value=${wish.seed === undefined ? "" : String(wish.seed)} @input=${this.#seed}></label>` : nothing}
      ${server.edits ? html`<p class="muted small">${t("Attach a picture to have it changed.")}</p>` : nothing}</div>`;
  }

  #notes(server: ImageServer): unknown {
    const count = this.page.images.wish.count ?? 1;
    const price = server.price === null ? "" : t("costs {price}", { price: (server.price * count).toFixed(2) });
    const left = server.left === null ? "" : tn("{n} left today", "{n} left today", server.left);
    const words = [price, left].filter(Boolean).join(" · ");
    return words ? html`<span class="muted small">${words}</span>` : nothing;
  }

  #choose(changed: object): void {
    this.page.images.choose({ ...this.page.images.wish, ...changed });
  }

  #seed = (event: Event): void => {
    const { value } = event.target as HTMLInputElement;
    const { seed: _seed, ...rest } = this.page.images.wish;
    this.page.images.choose(value.trim() ? { ...rest, seed: Number(value) } : rest);
  };

  #toggle = (): void => {
    this.#more = !this.#more;
    this.requestUpdate();
  };

  #history = (): void => void document.body.append(new PictureHistory());

  async #load(): Promise<void> {
    try {
      this.#servers = await imageServers(true);
      this.#problem = this.#servers.length ? "" : t("You may not have pictures made here any more.");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#problem = error.message;
    }
    this.requestUpdate();
  }
}

customElements.define("image-options", ImageOptions);
