import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { answerFacts } from "../answer-facts.ts";
import type { ChatPage } from "../chat-page.ts";
import { ledgerOf } from "../ledger.ts";
import type { Message } from "../message.ts";
import { ledgerBar } from "./ledger-bar.ts";
import { LightElement } from "./light-element.ts";

/** Under an answer, on demand: its figures, and how its prompt filled the window. */
export class AnswerLedger extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;

  protected override willUpdate(): void {
    const ledger = ledgerOf(this.message);
    this.follow(this.message, ledger);
    const chat = this.page.conversation.id;
    if (chat && !ledger.problem) void ledger.load(chat, this.message);
  }

  protected override render(): unknown {
    const { page, message } = this;
    const { language } = page.boot;
    const { data, problem } = ledgerOf(message);
    const facts = answerFacts(message, language);
    return html`<div class="figures">
      ${facts.length ? html`<p class="figures__facts">${facts.map((fact) => html`<span>${fact}</span>`)}</p>` : nothing}
      ${data ? data.parts.length ? ledgerBar(data, language, (kind) => page.aside.showLedger(message, kind)) : nothing
        : problem ? html`<p class="muted" role="alert">${problem} <button type="button" class="link" @click=${this.#again}>${t("Retry")}</button></p>`
        : html`<div class="bar bar--waiting" aria-hidden="true"></div>`}
      ${data && !data.parts.length ? html`<p class="muted">${t("Of this answer no account was kept.")}</p>`
        : html`<button type="button" class="link" @click=${() => page.aside.showLedger(message)}>${t("All that the model was given")}</button>`}
    </div>`;
  }

  #again = (): void => {
    const chat = this.page.conversation.id;
    if (chat) void ledgerOf(this.message).load(chat, this.message);
  };
}

customElements.define("answer-ledger", AnswerLedger);
