import { html, nothing } from "lit";
import "../chat/shared.ts";
import { ApiError, postJson } from "../chat/api.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { t } from "../i18n.ts";
import { proposalIn } from "./proposals.ts";

/** Below the last answer: whether something that the person just said is to be remembered. Only a click writes it. */
export class MemoryProposal extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  /** Questions that were decided about, or that stood in the chat when it was opened. */
  #done = new Set<number>();
  #chat: string | null | undefined;
  #kept = "";
  /** The question below which that is said. */
  #keptOf = 0;
  #problem = "";

  protected override willUpdate(): void {
    const { conversation } = this.page;
    this.follow(this.page, conversation, conversation.shown.at(-1));
    if (this.#chat === conversation.id) return;
    // A chat that has just begun is gone on with; in another one nothing old is proposed.
    if (this.#chat !== null) for (const { id } of conversation.shown) this.#done.add(id);
    this.#chat = conversation.id;
    this.#kept = this.#problem = "";
  }

  protected override render(): unknown {
    const asked = this.page.conversation.shown.findLast(({ role }) => role === "user");
    const line = asked && !this.#done.has(asked.id) ? proposalIn(asked.text) : "";
    if (!asked || !line) return this.#kept && asked?.id === this.#keptOf ? this.#told() : nothing;
    return html`<div class="notice notice--info remember" role="group" aria-label=${t("To be remembered?")}>
      <span>${icon("thought")} ${t("Remember: “{line}”?", { line })}${this.#problem ? html`<br><strong role="alert">${this.#problem}</strong>` : nothing}</span>
      <span class="row"><button type="button" class="button button--small" @click=${() => this.#keep(asked.id, line)}>${t("Remember")}</button>
        <button type="button" class="button button--small button--quiet" @click=${() => this.#leave(asked.id)}>${t("No")}</button></span></div>`;
  }

  #told(): unknown {
    return html`<p class="note__line small muted" role="status">${icon("check")}<span>${t("Remembered: “{line}”", { line: this.#kept })} <a href="/account/#memories">${t("What is remembered of you")}</a></span></p>`;
  }

  async #keep(question: number, line: string): Promise<void> {
    this.#problem = "";
    try {
      await postJson("/api/memories", { text: line });
      this.#kept = line;
      this.#keptOf = question;
      this.#done.add(question);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#problem = error.message;
    }
    this.requestUpdate();
  }

  #leave(question: number): void {
    this.#done.add(question);
    this.#kept = "";
    this.requestUpdate();
  }
}

customElements.define("memory-proposal", MemoryProposal);
