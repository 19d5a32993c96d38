import { html, nothing } from "lit";
import { t, tn } from "../../i18n.ts";
import { LiveMarkdown } from "../../markdown/live-markdown.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { statusWords } from "../status-words.ts";
import { copyText } from "./clipboard.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import { hideSourceCard, showSourceCard } from "./source-card.ts";

/** One message, the same for history, for what was just sent and for what is being written. */
export class ChatMessage extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  #markdown: LiveMarkdown | null = null;
  #clock = 0;
  #thoughtOpen = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
  }

  protected override willUpdate(changes: Map<string, unknown>): void {
    this.follow(this.message);
    if (changes.has("message")) this.#markdown = null;
    clearInterval(this.#clock);
    // The seconds of thinking go on between two frames.
    if (this.message.thinking) this.#clock = window.setInterval(() => this.requestUpdate(), 1000);
  }

  protected override updated(): void {
    const host = this.querySelector<HTMLElement>(".prose[data-live]");
    if (!host) return;
    this.#markdown ??= new LiveMarkdown(host);
    const { text, running, sources } = this.message;
    this.#markdown.show({ text, done: !running, sources: new Set(sources.map(({ n }) => n)) });
  }

  protected override render(): unknown {
    return this.message.role === "user" ? this.#question() : this.#answer();
  }

  #question(): unknown {
    return html`
      <div class="question" dir="auto">${this.message.text}</div>
      <div class="message__tools message__tools--question">
        ${this.#branches()}
        <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Edit and ask again")} title=${t("Edit and ask again")}
          @click=${() => this.#say("edit")}>${icon("edit")}</button>
        ${this.#copyButton()}
      </div>`;
  }

  #answer(): unknown {
    const { message } = this;
    return html`
      <div class="answer__head"><bdi>${message.model?.name ?? t("Answer")}</bdi></div>
      ${this.#sourcesLine()}
      ${message.reasoning ? this.#reasoning() : nothing}
      <div class="prose" data-live dir="auto" @click=${this.#clicked} @pointerover=${this.#over} @pointerout=${hideSourceCard}
        @focusin=${this.#over} @focusout=${hideSourceCard}></div>
      ${message.running ? html`<div class="status"><span class="status__dot"></span>${statusWords(message, Date.now())}</div>` : this.#end()}
    `;
  }

  #sourcesLine(): unknown {
    const { sources } = this.message;
    if (!sources.length) return nothing;
    return html`<button type="button" class="sources-line" data-sources @click=${() => this.page.showSources(this.message, null)}>
      ${icon("quote")}${tn("{n} passage read", "{n} passages read", sources.length)}</button>`;
  }

  #reasoning(): unknown {
    const { message } = this;
    const seconds = message.thoughtSeconds;
    const words = message.thinking
      ? t("Thinking for {n} s", { n: message.thinkingFor(Date.now()) })
      : seconds ? t("Thought for {n} s", { n: seconds }) : t("Thoughts");
    return html`<details class="thoughts" ?open=${this.#thoughtOpen} @toggle=${(event: Event) => (this.#thoughtOpen = (event.target as HTMLDetailsElement).open)}>
      <summary>${icon("thought")}<span>${words}</span>${message.thinking && !this.#thoughtOpen ? html`<span class="thoughts__last" dir="auto">${lastLine(message.reasoning)}</span>` : nothing}</summary>
      <div class="thoughts__text" dir="auto">${message.reasoning}</div></details>`;
  }

  #end(): unknown {
    const { state, error, text, reasoning, finishReason } = this.message;
    const empty = state === "complete" && !text.trim();
    return html`
      ${empty ? html`<p class="muted">${reasoning ? t("The model thought, but gave no answer.") : t("The model gave an empty answer.")}</p>` : nothing}
      ${state === "stopped" ? html`<p class="mark">${t("Stopped")}</p>` : nothing}
      ${finishReason === "length" ? html`<p class="mark">${t("Cut off: the model reached its longest answer.")}</p>` : nothing}
      ${state === "interrupted" || state === "failed" ? html`<div class="failure" role="group" aria-label=${t("Problem")}>
        ${icon("alert")}<div><strong>${state === "interrupted" ? t("Interrupted") : text ? t("The answer broke off") : t("No answer")}</strong><p>${error?.detail || t("Something went wrong on the server.")}</p></div>
        <button type="button" class="button button--small" @click=${this.#again}>${t("Retry")}</button></div>` : nothing}
      <div class="message__tools">
        ${text ? this.#copyButton() : nothing}
        <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Answer again")} title=${t("Answer again")} @click=${this.#again}>${icon("again")}</button>
        ${this.#branches()}
      </div>`;
  }

  #branches(): unknown {
    const siblings = this.page.conversation.tree.siblings(this.message);
    if (siblings.length < 2) return nothing;
    const at = siblings.indexOf(this.message.id);
    const arrow = (step: number, name: "left" | "right", label: string): unknown =>
      html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${label} title=${label} ?disabled=${siblings[at + step] === undefined}
        @click=${() => void this.page.conversation.switchTo(siblings[at + step] as number)}>${icon(name)}</button>`;
    return html`<span class="branches" role="group" aria-label=${t("Versions")}>${arrow(-1, "left", t("Earlier version"))}<span>${at + 1}/${siblings.length}</span>${arrow(1, "right", t("Later version"))}</span>`;
  }

  #copyButton(): unknown {
    return html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Copy")} title=${t("Copy")}
      @click=${(event: Event) => copyText(event.currentTarget as HTMLButtonElement, this.message.text)}>${icon("copy")}</button>`;
  }

  #again = (): void => this.page.regenerate(this.message);

  #say(what: string): void {
    this.dispatchEvent(new CustomEvent(what, { bubbles: true, detail: this.message }));
  }

  #clicked(event: Event): void {
    const target = event.target as HTMLElement;
    const chip = target.closest<HTMLElement>(".cite");
    if (chip) this.page.showSources(this.message, Number(chip.dataset["n"]));
    const copy = target.closest<HTMLButtonElement>("[data-copy-code]");
    if (copy) void copyText(copy, copy.closest(".code")?.querySelector("code")?.textContent ?? "");
  }

  #over(event: Event): void {
    const chip = (event.target as HTMLElement).closest<HTMLElement>(".cite");
    const citation = chip ? this.page.citation(this.message, Number(chip.dataset["n"])) : undefined;
    if (chip && citation) showSourceCard(chip, citation);
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.slice(-120) ?? "";
}

customElements.define("chat-message", ChatMessage);
