import { html, nothing } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../../i18n.ts";
import { knownFiles } from "../attachments.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Conversation } from "../conversation.ts";
import { keepPlace, placeIn } from "../places.ts";
import { ScrollKeeper } from "../scroll-keeper.ts";
import { Slices } from "../slices.ts";
import { endWords, stageWords } from "../status-words.ts";
import { marksBefore } from "../thread-marks.ts";
import { attachedFiles } from "./attached-files.ts";
import { answers } from "./answers-beside.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";
import "./quote-button.ts";
import { noteLines, standingNotes } from "./thread-notes.ts";
import { welcome } from "./welcome.ts";

const NEAR = 40; // px below the edge that count as the edge
const REST = 200; // ms without a move

/** The shown branch, in a scroller that follows only a reader who is at its end. */
export class ChatThread extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #keeper: ScrollKeeper | null = null;
  #conversation: Conversation | null = null;
  #asked = "";
  #sought: number | null = null;
  #announced = "";
  #rest = 0;
  #back: number | null = null;
  #slices = new Slices(() => this.requestUpdate());
  /** Which of the messages had the focus. */
  #focused = 0;

  /** What took the place of a message that went, or the one above. */
  protected override get home(): HTMLElement | null {
    const messages = this.#messagesDrawn();
    const home = messages[Math.min(this.#focused, messages.length - 1)] ?? this.querySelector<HTMLElement>(".thread");
    if (home) home.tabIndex = -1;
    return home;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#keeper?.stop();
  }

  /** To the message above or below the one that stands at the top, and the focus with it. */
  step(by: -1 | 1): void {
    const messages = this.#messagesDrawn();
    const top = this.querySelector(".thread")?.getBoundingClientRect().top ?? 0;
    const focused = messages.findIndex((message) => message === document.activeElement);
    const here = focused >= 0 ? focused : messages.findLastIndex((message) => message.getBoundingClientRect().top <= top + NEAR);
    const to = messages[Math.min(Math.max(here + by, 0), messages.length - 1)];
    if (!to) return;
    this.#keeper?.toElement(to);
    to.tabIndex = -1;
    to.focus({ preventScroll: true });
  }

  /** To a message that is loaded; the end is not followed any more. */
  goTo(message: number): void {
    const element = this.querySelector<HTMLElement>(`[data-id="${message}"]`);
    if (element) this.#keeper?.toElement(element);
  }

  #messagesDrawn(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".messages > .message[data-id]")];
  }

  protected override willUpdate(): void {
    const { conversation } = this.page;
    const last = conversation.shown.at(-1);
    this.#focused = this.#messagesDrawn().findIndex((message) => message.contains(document.activeElement));
    this.follow(this.page, this.page.aside.beside, this.page.socket, this.page.choices, conversation, last);
    // States are said aloud, words and seconds are not.
    if (last?.running) this.#announced = stageWords(last);
    else if (this.#announced && last?.role === "assistant") this.#announced = endWords(last);
  }

  protected override render(): unknown {
    const { conversation } = this.page;
    const empty = !conversation.id && !conversation.pending.length;
    return html`
      <div class="thread" tabindex="-1" @scroll=${this.#scrolled}>
        ${empty ? welcome(this.page) : this.#messages(conversation)}
      </div>
      ${this.page.boot.remembers && !empty ? html`<memory-proposal .page=${this.page}></memory-proposal>` : nothing}
      ${this.#keeper && !this.#keeper.follows && !empty
        ? html`<button type="button" class="latest" @click=${() => this.#keeper?.toEnd(true)}>${icon("latest")}<span>${conversation.running.length ? t("More below") : t("Jump to the latest")}</span></button>`
        : nothing}
      <quote-button></quote-button>
      <div class="visually-hidden" role="status">${this.#announced}</div>
    `;
  }

  #messages(conversation: Conversation): unknown {
    if (conversation.problem) return this.#failure(conversation);
    const lookedFor = Boolean(this.page.sought || placeIn(conversation.id));
    const shown = this.#slices.of(conversation, conversation.shown, lookedFor);
    const marks = marksBefore(conversation.shown.filter(({ origin }) => !origin.image), (model, name) => this.page.models.nameOf(model, name));
    return keyed(conversation, html`
      <ol class="messages" aria-label=${t("Messages")} aria-busy=${conversation.loading || this.#slices.unfinished}>
        ${conversation.before ? html`<li class="older"><button type="button" class="button button--small" @click=${this.#older}>${t("Show earlier messages")}</button></li>` : nothing}
        ${conversation.loading && !shown.length ? skeleton() : nothing}
        ${repeat(shown, (message) => message.id, (message) => html`${noteLines(this.page, marks.get(message.id))}<li class="message message--${message.role}" data-id=${message.id} data-state=${message.state} ?data-sought=${message.id === this.page.sought} ?data-fresh=${message.fresh && message.begun}>
          ${answers(this.page, message)}</li>`)}
        ${repeat(conversation.pending, (question) => question.id, (question) => html`<li class="message message--user" data-state="sending"><div class="asked">${attachedFiles(knownFiles(question.attachments))}<div class="question" dir="auto">${question.text}</div></div></li>
          <li class="message message--assistant" ?data-fresh=${!conversation.running.length}><div class="status"><span class="status__dot"></span>${this.page.socket.connected ? t("Sending…") : t("Waiting for the connection…")}</div></li>`)}
        ${conversation.pending.length || conversation.running.length ? nothing : standingNotes(this.page)}
      </ol>`);
  }

  protected override updated(): void {
    const { conversation } = this.page;
    const list = this.querySelector<HTMLElement>(".messages");
    const scroller = this.querySelector<HTMLElement>(".thread");
    if (this.#conversation !== conversation || !list) {
      this.#keeper?.stop();
      this.#keeper = null;
      this.#conversation = conversation;
    }
    if (list && scroller && !this.#keeper) {
      this.#keeper = new ScrollKeeper(scroller, list, () => this.requestUpdate());
      this.#keeper.toEnd();
      this.#back = placeIn(conversation.id);
    }
    this.#goBack(conversation);
    this.#goToSought();
    // One's own question goes to the top: the answer's place below it is kept free by the style sheet.
    const asked = conversation.pending.at(-1)?.id ?? "";
    if (asked && asked !== this.#asked) this.#keeper?.toEnd();
    this.#asked = asked;
  }

  /** Where reading stopped, once the messages are there; but not in a chat that goes on. */
  #goBack(conversation: Conversation): void {
    if (!this.#back || !conversation.shown.length) return;
    const element = this.querySelector<HTMLElement>(`[data-id="${this.#back}"]`);
    if (element && !conversation.running.length && !this.page.sought) this.#keeper?.toElement(element);
    this.#back = null;
  }

  #scrolled = (): void => {
    clearTimeout(this.#rest);
    const { id } = this.page.conversation;
    this.#rest = window.setTimeout(() => {
      if (this.#back || id !== this.page.conversation.id) return;
      const top = this.querySelector(".thread")?.getBoundingClientRect().top ?? 0;
      const first = this.#messagesDrawn().find((message) => message.getBoundingClientRect().bottom > top + NEAR);
      keepPlace(id, this.#keeper?.follows ? null : Number(first?.dataset["id"]) || null);
    }, REST);
  };

  /** Once, when it is there. */
  #goToSought(): void {
    const { sought } = this.page;
    const element = sought === this.#sought ? null : this.querySelector<HTMLElement>(`[data-id="${sought}"]`);
    if (sought && !element) return;
    this.#sought = sought;
    if (element) this.#keeper?.toElement(element);
  }

  #failure(conversation: Conversation): unknown {
    return html`<div class="welcome"><div class="failure">${icon("alert")}<div><strong>${t("This chat could not be opened")}</strong><p>${conversation.problem}</p></div>
      <button type="button" class="button button--small" @click=${() => void this.page.refresh()}>${t("Retry")}</button></div></div>`;
  }

  #older = (): void => {
    void this.#keeper?.holdWhile(async () => {
      await this.page.loadOlder();
      await this.updateComplete;
    });
  };
}

function skeleton(): unknown {
  return html`<li class="skeleton" aria-hidden="true"><span></span><span></span><span></span></li>`;
}

customElements.define("chat-thread", ChatThread);
