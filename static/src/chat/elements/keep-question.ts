// A button that keeps an answer, or one of its passages, as a test question of the library it comes from.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { ApiError, postJson } from "../api.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import type { Citation } from "../wire.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

interface Kept {
  kept: { id: string; name: string }[];
}

/** With `source` that passage answers the question; without, all that are cited. */
export class KeepQuestion extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false }, source: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  declare source: Citation | undefined;
  #kept: Kept["kept"] | null = null;
  #problem = "";
  #busy = false;

  protected override render(): unknown {
    if (this.#kept) {
      return html`<span class="kept" role="status">${icon("check")}${t("Kept as a test question of")}
        ${this.#kept.map(({ id, name }) => html` <a href="/knowledge/${id}/questions/"><bdi>${name}</bdi></a>`)}</span>`;
    }
    const words = this.source ? t("This passage answers it: keep as a test question") : t("Keep as a test question");
    return html`<button type="button" class=${this.source ? "link small" : "button button--quiet button--icon button--small"} title=${words} aria-label=${words}
        ?disabled=${this.#busy} @click=${this.#keep}>${this.source ? t("Keep as a test question") : icon("star")}</button>
      ${this.#problem ? html`<span class="kept kept--not" role="alert">${this.#problem}</span>` : nothing}`;
  }

  #keep = async (): Promise<void> => {
    this.#busy = true;
    this.#problem = "";
    this.requestUpdate();
    try {
      const path = `/api/chats/${this.page.conversation.id}/messages/${this.message.id}/test-question`;
      this.#kept = (await postJson<Kept>(path, { source: this.source?.n ?? null })).kept;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#problem = error.message;
    }
    this.#busy = false;
    this.requestUpdate();
  };
}

customElements.define("keep-question", KeepQuestion);
