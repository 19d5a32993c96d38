import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { LiveMarkdown } from "../../markdown/live-markdown.ts";
import { painter } from "../../markdown/painter.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { checkOf, drawChecks } from "../checks.ts";
import { rate, type Rating, thumbs } from "../ratings.ts";
import { sourcesWords } from "../receipts.ts";
import { statusWords, ticks } from "../status-words.ts";
import { ending } from "./answer-end.ts";
import "./again-menu.ts";
import { besideTools } from "./answers-beside.ts";
import { attachedFiles } from "./attached-files.ts";
import { copyText } from "./clipboard.ts";
import "./copy-menu.ts";
import { isPicture, pictureAnswer } from "../images/picture-answer.ts";
import { icon } from "./icon.ts";
import "./keep-question.ts";
import { LightElement } from "./light-element.ts";
import { loadLater, loadTools, loadVoice } from "./load-later.ts";
import "./message-menu.ts";
import { originLine, notAsked } from "./origin-line.ts";
import { hideSourceCard, showSourceCard } from "./source-card.ts";

/** One message, the same for history, for what was just sent and for what is being written. */
export class ChatMessage extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false }, compact: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  /** One of several next to each other: what can be done with all of them is offered elsewhere. */
  declare compact: boolean;
  #markdown: LiveMarkdown | null = null;
  #clock = 0;
  #unwatch = (): void => {};
  #thoughtOpen = false;
  #figures = false;
  #rewriting = false;
  #rating = false;
  #problem = "";

  protected override get home(): HTMLElement | null {
    const home = this.querySelector<HTMLElement>("message-menu [data-opens]") ?? this.closest<HTMLElement>(".message");
    if (home?.matches(".message")) home.tabIndex = -1;
    return home;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    painter.drop(this.#draw);
    this.#unwatch();
  }

  protected override willUpdate(changes: Map<string, unknown>): void {
    this.follow(this.message, this.page.conversation);
    this.#unwatch();
    // Words come by the hundred a second: they are drawn when there is a frame, and nothing else is looked at.
    this.#unwatch = this.message.grown.watch(() => painter.request(this.#draw));
    if (changes.has("message")) this.#markdown = null;
    clearInterval(this.#clock);
    // The seconds go on between two frames.
    if (ticks(this.message)) this.#clock = window.setInterval(() => this.requestUpdate(), 1000);
  }

  protected override updated(): void {
    painter.request(this.#draw);
  }

  #draw = (deadline: number): boolean => {
    const { text, running, thinking, sources } = this.message;
    if (thinking) this.requestUpdate();
    const host = this.querySelector<HTMLElement>(".prose[data-live]");
    if (!host) return true;
    this.#markdown ??= new LiveMarkdown(host);
    const drawn = this.#markdown.show({ text, done: !running, sources: new Set(sources.map(({ n }) => n)) }, deadline);
    if (drawn && !running) drawChecks(host, sources);
    return drawn;
  };

  protected override render(): unknown {
    return this.message.role === "user" ? this.#question() : this.#answer();
  }

  #question(): unknown {
    const { text, attachments } = this.message;
    const words = html`<div class="question" dir="auto">${text}</div>`;
    return html`
      ${attachments.length ? html`<div class="asked">${attachedFiles(attachments)}${words}</div>` : words}
      <div class="message__tools message__tools--question">
        ${this.#branches()}
        <button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Edit and ask again")} title=${t("Edit and ask again")}
          @click=${() => this.#say("edit")}>${icon("edit")}</button>
        ${this.#copyButton()}
        ${this.#menu()}
      </div>${notAsked(this.page, this.message)}`;
  }

  /** Not before the server knows it. */
  #menu(): unknown {
    return this.message.askedOn ? nothing : html`<message-menu .page=${this.page} .message=${this.message} .compact=${this.compact} @rewrite=${() => this.#rewrite(true)}></message-menu>`;
  }

  #answer(): unknown {
    const { message } = this;
    return html`
      <div class="answer__head"><bdi>${message.model?.name ?? t("Answer")}</bdi></div>${originLine(message, this.page.conversation.tree.above(message))}
      ${this.#sourcesLine()}
      ${message.reasoning ? this.#reasoning() : nothing}${message.calls.length ? this.#calls() : nothing}
      ${this.#rewriting ? html`<answer-editor .page=${this.page} .message=${message} @written=${() => this.#rewrite(false)}></answer-editor>` : nothing}
      <div class="prose" data-live dir="auto" ?hidden=${this.#rewriting || isPicture(message)} @click=${this.#clicked} @pointerover=${this.#over} @pointerout=${hideSourceCard}
        @focusin=${this.#over} @focusout=${hideSourceCard}></div>
      ${pictureAnswer(this.page, message)}
      ${message.running ? isPicture(message) ? nothing : this.#status() : message.askedOn ? this.#line(t("Sending…")) : this.#end()}
    `;
  }

  #calls(): unknown {
    void loadTools().catch(() => undefined);
    return html`<tool-calls .page=${this.page} .message=${this.message}></tool-calls>`;
  }

  #status(): unknown {
    const { message, page } = this;
    const words = this.#line(statusWords(message, Date.now()), this.#readButton());
    if (!message.queued) return words;
    const above = page.conversation.tree.answerAbove(message);
    return html`<div class="waiting">${words}
      ${above?.running && !above.queued ? html`<button type="button" class="button button--small" title=${t("Stops the answer above")} @click=${() => page.versions.sendNow(message)}>${t("Send now")}</button>` : nothing}
      <button type="button" class="button button--quiet button--small" @click=${() => void page.takeBack(message)}>${t("Remove")}</button></div>`;
  }

  #line(words: string, more: unknown = nothing): unknown {
    return html`<div class="status"><span class="status__dot"></span><span>${words}</span>${more}</div>`;
  }

  /** Also while it is being written. */
  #readButton(): unknown {
    if (!this.message.text || !(this.page.boot.voice?.speaks || "speechSynthesis" in window)) return nothing;
    return this.#tool("speaker", t("Read aloud"), () => void loadVoice().then(({ readAloud }) => readAloud(this.message)).catch(() => this.page.lacks()));
  }

  #sourcesLine(): unknown {
    const { sources, search } = this.message;
    if (!sources.length && !search) return nothing;
    return html`<button type="button" class="sources-line" data-sources @click=${(event: Event) => this.page.aside.showSources(this.message, null, event.currentTarget as HTMLElement)}>
      ${icon(sources.length ? "quote" : "globe")}${sourcesWords(sources.length, search)}</button>`;
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
    const { page, message } = this;
    const made = isPicture(message);
    const told = !made && ((message.state === "complete" && !message.origin.edited) || Boolean(message.usage.prompt_tokens));
    return html`
      ${ending(page, message)}
      <div class="message__tools">
        ${message.text && !made ? html`<copy-menu .message=${message}></copy-menu>` : nothing}
        ${made ? nothing : this.#readButton()}
        ${this.compact ? nothing : html`<again-menu .page=${page} .message=${message}></again-menu>${besideTools(page, message, (name, label, act) => this.#tool(name, label, act))}`}
        ${message.text ? thumbs(message, (name, label, value) => this.#tool(name, label, () => this.#rate(value), message.rating?.value === value, "aria-pressed")) : nothing}
        ${message.sources.some((source) => source.document) ? html`<keep-question .page=${page} .message=${message}></keep-question>` : nothing}
        ${told ? this.#tool("bars", t("Figures of this answer"), () => this.#toggleFigures(), this.#figures) : nothing}
        ${this.compact ? nothing : this.#branches()}
        ${this.#menu()}
      </div>
      ${this.#figures ? html`<answer-ledger .page=${page} .message=${message}></answer-ledger>` : nothing}
      ${this.#rating && message.rating ? html`<rating-form .page=${page} .message=${message} @close=${() => this.#showRating(false)}></rating-form>` : nothing}
      ${this.#problem ? html`<p class="notice notice--error" role="alert">${this.#problem}</p>` : nothing}`;
  }

  #tool(name: Parameters<typeof icon>[0], label: string, act: (event: Event) => void, on?: boolean, state: "aria-expanded" | "aria-pressed" = "aria-expanded"): unknown {
    return html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${label} title=${label}
      aria-expanded=${on === undefined || state !== "aria-expanded" ? nothing : on} aria-pressed=${on === undefined || state !== "aria-pressed" ? nothing : on} @click=${act}>${icon(name)}</button>`;
  }

  #toggleFigures(): Promise<void> {
    this.#figures = !this.#figures;
    return this.#needsLater(this.#figures, () => (this.#figures = false));
  }

  #rewrite(on: boolean): Promise<void> {
    this.#rewriting = on;
    return this.#needsLater(on, () => (this.#rewriting = false));
  }

  /** The thumb counts at once; reasons and words are asked for, and need not be given. */
  async #rate(value: Rating["value"]): Promise<void> {
    const { rating } = this.message;
    if (rating?.value === value) return this.#showRating(!this.#rating);
    await rate(this.page, this.message, { value, reasons: [], note: rating?.note ?? "", shared: rating?.shared ?? false });
    if (this.message.rating?.value === value) await this.#showRating(true);
  }

  #showRating(on: boolean): Promise<void> {
    this.#rating = on;
    return this.#needsLater(on, () => (this.#rating = false));
  }

  async #needsLater(wanted: boolean, without: () => void): Promise<void> {
    this.#problem = "";
    this.requestUpdate();
    try {
      if (wanted) await loadLater();
    } catch {
      without();
      this.#problem = t("This could not be loaded. Check your connection and try again.");
      this.requestUpdate();
    }
  }

  #branches(): unknown {
    const siblings = this.page.conversation.tree.siblings(this.message);
    if (siblings.length < 2) return nothing;
    const at = siblings.indexOf(this.message.id);
    const arrow = (step: number, name: "left" | "right", label: string): unknown =>
      html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${label} title=${label} ?disabled=${siblings[at + step] === undefined}
        @click=${() => void this.page.switchTo(siblings[at + step] as number)}>${icon(name)}</button>`;
    return html`<span class="branches" role="group" aria-label=${t("Versions")}>${arrow(-1, "left", t("Earlier version"))}<span>${at + 1}/${siblings.length}</span>${arrow(1, "right", t("Later version"))}</span>`;
  }

  #copyButton(): unknown {
    return html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Copy")} title=${t("Copy")}
      @click=${(event: Event) => copyText(event.currentTarget as HTMLButtonElement, this.message.text)}>${icon("copy")}</button>`;
  }

  #say(what: string): void {
    this.dispatchEvent(new CustomEvent(what, { bubbles: true, detail: this.message }));
  }

  #clicked(event: Event): void {
    const target = event.target as HTMLElement;
    const chip = target.closest<HTMLElement>(".cite");
    if (chip) {
      hideSourceCard();
      this.page.aside.showReader(this.message, Number(chip.dataset["n"]), chip);
    }
    const button = target.closest<HTMLButtonElement>("[data-act]");
    if (button) void import("../block-acts.ts").then(({ act }) => act(button));
  }

  #over(event: Event): void {
    const chip = (event.target as HTMLElement).closest<HTMLElement>(".cite");
    const citation = chip ? this.page.aside.citation(this.message, Number(chip.dataset["n"])) : undefined;
    const host = this.querySelector(".prose[data-live]");
    if (chip && citation && host) showSourceCard(chip, citation, checkOf(chip, host, citation));
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.slice(-120) ?? "";
}

customElements.define("chat-message", ChatMessage);
