import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { columns } from "../origin.ts";
import "./chat-message.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

/** Answers of several models to one question: next to each other on a desk, one beside the other to swipe on a phone. */
export class AnswerColumns extends LightElement {
  static override properties = { page: { attribute: false }, message: { attribute: false } };
  declare page: ChatPage;
  declare message: Message;
  #at = 0;

  protected override willUpdate(): void {
    this.follow(this.page.conversation, this.page.models, ...this.#all);
  }

  protected override render(): unknown {
    const all = this.#all;
    return html`<div class="columns" role="group" data-count=${all.length} aria-label=${t("{n} answers side by side", { n: all.length })}>
      <div class="columns__tabs" role="group" aria-label=${t("Answers")}>${all.map((one, at) => html`
        <button type="button" class="columns__tab" aria-pressed=${at === this.#at} data-state=${one.state} @click=${() => this.#goTo(at)}><bdi>${this.#name(one)}</bdi></button>`)}</div>
      <div class="columns__track" @scroll=${this.#scrolled}>
        ${repeat(all, (one) => one.id, (one) => this.#column(one))}
      </div>
      ${this.#bar(all)}
    </div>`;
  }

  #column(one: Message): unknown {
    const name = this.#name(one);
    return html`<section class="column" aria-label=${name} data-id=${one.id} data-state=${one.state}>
      <header class="column__head"><bdi title=${name}>${name}</bdi>
        ${one.running ? html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${t("Stop {name}", { name })} title=${t("Stop {name}", { name })}
          @click=${() => this.page.versions.stop(one)}>${icon("stop")}</button>` : nothing}</header>
      <chat-message .page=${this.page} .message=${one} .compact=${true}></chat-message>
      <footer class="column__foot">${one.text.trim() && !one.running ? html`<button type="button" class="button button--small column__keep" aria-label=${t("Keep the answer of {name} and go on", { name })}
        @click=${() => void this.page.versions.keep(one)}>${icon("check")}${t("Keep this one")}</button>` : nothing}</footer>
    </section>`;
  }

  #bar(all: readonly Message[]): unknown {
    const worded = all.filter((one) => one.text.trim() && !one.running);
    const leads = all.find((one) => one.id === this.page.conversation.tree.leaf) ?? this.message;
    return html`<div class="columns__bar">
      <p>${t("Without a choice, the chat goes on from {name}.", { name: this.#name(leads) })}</p>
      ${worded.length > 1 ? html`<button type="button" class="button button--small button--quiet" @click=${(event: Event) => this.page.aside.showDifferences(leads, event.currentTarget as HTMLElement)}>${icon("columns")}${t("Differences")}</button>` : nothing}
      ${worded.length > 1 && worded.length === all.filter((one) => one.text.trim()).length ? html`<button type="button" class="button button--small" @click=${this.#merge}>${icon("merge")}${t("Merge into one")}</button>` : nothing}</div>`;
  }

  #merge = (event: Event): void => {
    event.target?.dispatchEvent(new CustomEvent("choose-model", { bubbles: true, detail: { kind: "merge", message: this.message } }));
  };

  #name(one: Message): string {
    return one.model ? this.page.models.nameOf(one.model.id, one.model.name) : t("Answer");
  }

  #goTo(at: number): void {
    this.querySelectorAll(".column")[at]?.scrollIntoView({ inline: "start", block: "nearest", behavior: "smooth" });
  }

  #scrolled = (event: Event): void => {
    const track = event.currentTarget as HTMLElement;
    const first = track.querySelector<HTMLElement>(".column");
    const at = first ? Math.round(Math.abs(track.scrollLeft) / first.offsetWidth) : 0;
    if (at === this.#at) return;
    this.#at = at;
    this.requestUpdate();
  };

  get #all(): Message[] {
    return columns(this.page.conversation.tree, this.message);
  }
}

customElements.define("answer-columns", AnswerColumns);
