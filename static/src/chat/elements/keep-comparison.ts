// A button that keeps two answers as they stand side by side, to be opened again and judged.
import { html } from "lit";
import { t } from "../../i18n.ts";
import { postJson } from "../api.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

export class KeepComparison extends LightElement {
  static override properties = { page: { attribute: false }, answers: { attribute: false } };
  declare page: ChatPage;
  declare answers: Message[];
  #kept = "";

  protected override willUpdate(): void {
    this.follow(...this.answers);
  }

  protected override render(): unknown {
    if (this.#kept) return html`<span class="kept" role="status">${icon("check")}<a href=${this.#kept}>${t("Kept: open and judge it")}</a></span>`;
    return html`<button type="button" class="button button--small button--quiet" ?disabled=${this.answers.some(({ running }) => running)} @click=${this.#keep}>${icon("star")}${t("Keep this comparison")}</button>`;
  }

  #keep = (): Promise<void> =>
    this.page.attempt(async () => {
      const [first, second] = this.answers.map(({ id }) => id);
      this.#kept = (await postJson<{ url: string }>("/api/comparisons", { first, second })).url;
      this.requestUpdate();
    });
}

customElements.define("keep-comparison", KeepComparison);
