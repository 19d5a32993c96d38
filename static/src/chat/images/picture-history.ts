import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { ApiError, getJson } from "../api.ts";
import { showPicture } from "../elements/attached-files.ts";
import { icon } from "../elements/icon.ts";
import { LightElement } from "../elements/light-element.ts";
import type { AttachmentData } from "../wire.ts";

interface Past extends AttachmentData {
  chat: string | null;
  message: number | null;
  created_at: string;
}

/** The pictures that were made for this person, newest first, with the way to their chats. */
export class PictureHistory extends LightElement {
  #pictures: Past[] = [];
  #before: string | null = null;
  #known = false;
  #problem = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.querySelector("dialog")?.showModal());
    void this.#load();
  }

  protected override render(): unknown {
    return html`<dialog class="picture-history" aria-labelledby="picture-history-title" @close=${() => this.remove()} @keydown=${this.#key}>
      <header class="spread"><h2 id="picture-history-title">${t("Pictures made earlier")}</h2>
        <button type="button" class="button button--quiet button--icon" aria-label=${t("Close")} @click=${this.#close}>${icon("close")}</button></header>
      ${this.#problem ? html`<p class="notice notice--error" role="alert">${this.#problem}</p>` : nothing}
      ${this.#known && !this.#pictures.length ? html`<p class="muted">${t("No picture was made yet.")}</p>` : nothing}
      <ul class="picture-history__grid">${this.#pictures.map((picture) => this.#one(picture))}</ul>
      ${this.#before ? html`<button type="button" class="button" @click=${() => void this.#load()}>${t("Older ones")}</button>` : nothing}</dialog>`;
  }

  #one({ id, name, made, chat, message }: Past): unknown {
    const words = made?.prompt ?? name;
    return html`<li><button type="button" class="made__picture" title=${words} aria-label=${t("Show {name}", { name: words })} @click=${() => showPicture(`/api/attachments/${id}/file`, words)}>
        <img src="/api/attachments/${id}/thumbnail" alt=${words} loading="lazy"></button>
      ${chat ? html`<a class="small" href="/c/${chat}/#m${message}" dir="auto">${words}</a>` : html`<span class="muted small" dir="auto">${words}</span>`}</li>`;
  }

  #close = (): void => this.querySelector("dialog")?.close();

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") event.stopPropagation();
  }

  async #load(): Promise<void> {
    try {
      const told = await getJson<{ pictures: Past[]; before: string | null }>(`/api/images${this.#before ? `?before=${encodeURIComponent(this.#before)}` : ""}`);
      this.#pictures = [...this.#pictures, ...told.pictures];
      this.#before = told.before;
      this.#known = true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#problem = error.message;
    }
    this.requestUpdate();
  }
}

customElements.define("picture-history", PictureHistory);
