import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../i18n.ts";
import "../chat/shared.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { chatTools } from "../chat/elements/chat-tools.ts";
import { copyText } from "../chat/elements/clipboard.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { loadTools } from "../chat/elements/load-later.ts";
import type { Message } from "../chat/message.ts";
import { statusWords } from "../chat/status-words.ts";
import type { Temporary } from "../chat/temporary.ts";
import { LiveMarkdown } from "../markdown/live-markdown.ts";

/** The thread and the box of a temporary chat, in the place of the others. */
export class TemporaryChat extends LightElement {
  static override properties = { page: { attribute: false }, chat: { attribute: false } };
  declare page: ChatPage;
  declare chat: Temporary;
  #drawn = new WeakMap<Element, LiveMarkdown>();
  #wasConnected = true;

  protected override willUpdate(): void {
    const { chat, page } = this;
    this.follow(chat, page.choices, page.socket, ...chat.messages, ...chat.messages.map((message) => message.grown));
    if (this.#wasConnected && !page.socket.connected) chat.lost();
    this.#wasConnected = page.socket.connected;
  }

  protected override render(): unknown {
    const { chat } = this;
    return html`
      <div class="temporary__bar"><span>${icon("eye")}${t("Temporary chat")}</span>
        <button type="button" class="button button--small" @click=${() => this.page.keeping.endTemporary()}>${t("End it")}</button></div>
      <div class="thread temporary__thread" tabindex="-1">${chat.messages.length ? html`<ol class="messages" aria-label=${t("Messages")}>${repeat(chat.messages, (message, place) => `${place}${message.id}`, (message) => this.#message(message))}</ol>` : this.#welcome()}</div>
      <div class="visually-hidden" role="status">${chat.running ? statusWords(chat.running, Date.now()) : ""}</div>
      <div class="chat__foot"><form class="composer" @submit=${this.#ask}>
        ${chat.problem ? html`<div class="notice notice--error" role="alert">${chat.problem}</div>` : nothing}
        <textarea class="composer__box bare" rows="2" dir="auto" aria-label=${t("Your question")} placeholder=${t("Ask anything")} @keydown=${this.#key}></textarea>
        <div class="composer__tools"><library-picker .choices=${this.page.choices}></library-picker>${chatTools(this.page)}<span class="composer__end"><model-picker .page=${this.page}></model-picker>
          ${chat.running
            ? html`<button type="button" class="send send--stop" aria-label=${t("Stop")} title=${t("Stop")} @click=${() => chat.stop()}>${icon("stop")}</button>`
            : html`<button type="submit" class="send" aria-label=${t("Send")} title=${t("Send")}>${icon("send")}</button>`}</span></div>
      </form></div>`;
  }

  #welcome(): unknown {
    return html`<div class="welcome">
      <h1 class="welcome__greeting">${t("Temporary chat")}</h1>
      <p class="welcome__line">${t("Nothing that is said here is stored on this server: not the words, not a title, not a trace in a log.")}</p>
      <ul class="temporary__facts">
        <li>${t("It is gone when you end it, open another chat, or close or reload this page.")}</li>
        <li>${t("The server of the model sees your questions, as in every chat. What it keeps is up to it.")}</li>
        <li>${t("The web is not searched and files cannot be added. Libraries that you chose are used.")}</li>
        ${this.page.choices.toolsPossible ? html`<li>${t("Tools that you choose see what is sent to them, and each call that does not only read is asked for. Those that would keep something here are left out.")}</li>` : nothing}
        <li>${t("How many tokens you used is counted, as always.")}</li>
      </ul></div>`;
  }

  #message(message: Message): unknown {
    if (message.role === "user") return html`<li class="message message--user"><div class="question temporary__question" dir="auto">${message.text}</div></li>`;
    return html`<li class="message message--assistant">
      <div class="answer__head"><bdi>${message.model?.name ?? t("Answer")}</bdi></div>
      ${message.sources.length ? html`<button type="button" class="sources-line" @click=${(event: Event) => this.page.aside.showSources(message, null, event.currentTarget as HTMLElement)}>${icon("quote")}${t("Passages that were read")}</button>` : nothing}
      ${message.calls.length ? this.#calls(message) : nothing}
      <div class="prose" dir="auto" data-message=${message.id}></div>
      ${message.running ? html`<div class="status"><span class="status__dot"></span><span>${statusWords(message, Date.now())}</span></div>` : nothing}
      ${message.error ? html`<p class="notice notice--error">${message.error.detail}</p>` : nothing}
      ${message.running || !message.text ? nothing : html`<div class="message__tools"><button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Copy")} title=${t("Copy")} @click=${(event: Event) => copyText(event.currentTarget as HTMLButtonElement, message.text)}>${icon("copy")}</button></div>`}
    </li>`;
  }

  #calls(message: Message): unknown {
    void loadTools().catch(() => undefined);
    return html`<tool-calls .page=${this.page} .message=${message}></tool-calls>`;
  }

  protected override firstUpdated(): void {
    if (matchMedia("(pointer: fine)").matches) this.querySelector("textarea")?.focus();
  }

  protected override updated(): void {
    const thread = this.querySelector(".temporary__thread");
    const near = thread ? thread.scrollHeight - thread.scrollTop - thread.clientHeight < 160 : false;
    for (const host of this.querySelectorAll<HTMLElement>(".prose[data-message]")) {
      const message = this.chat.messages.find(({ id, role }) => role === "assistant" && String(id) === host.dataset.message);
      if (!message) continue;
      let drawn = this.#drawn.get(host);
      if (!drawn) this.#drawn.set(host, (drawn = new LiveMarkdown(host)));
      drawn.show({ text: message.text, done: !message.running, sources: new Set(message.sources.map(({ n }) => n)) }, Infinity);
    }
    if (thread && near) thread.scrollTop = thread.scrollHeight;
  }

  #key = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    (event.target as HTMLTextAreaElement).form?.requestSubmit();
  };

  #ask = (event: SubmitEvent): void => {
    event.preventDefault();
    const box = this.querySelector("textarea");
    const text = box?.value.trim();
    const { choices } = this.page;
    if (!box || !text || this.chat.running || !choices.model) return;
    box.value = "";
    this.chat.ask(text, choices.asking, choices.model.name);
  };
}

customElements.define("temporary-chat", TemporaryChat);
