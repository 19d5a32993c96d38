import { html, nothing } from "lit";
import { t, tn } from "../../i18n.ts";
import { getJson } from "../api.ts";
import type { ChatPage } from "../chat-page.ts";
import { type Differences, differences, numbersApart } from "../differences.ts";
import type { MessageData } from "../wire.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

const NARROW = "(max-width: 64rem)";

/** Two versions of a message in one text: what both say, what only one of them says. A column, or a sheet on a phone. */
export class DifferencesPanel extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #shown: object | null = null;
  #versions: MessageData[] = [];
  #problem = "";
  #pair: [number, number] = [0, 0];

  protected override willUpdate(): void {
    this.follow(this.page.aside);
    const shown = this.page.aside.differences;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#versions = [];
    if (shown) void this.#load();
  }

  protected override render(): unknown {
    if (!this.page.aside.differences) return nothing;
    const [first, second] = this.#pair.map((id) => this.#versions.find((one) => one.id === id));
    return html`<dialog class="sources differences" aria-labelledby="differences-title" @close=${() => this.page.aside.hide()} @click=${this.#backdrop}>
      <header class="sources__head"><h2 id="differences-title">${t("Differences")}</h2>
        <button type="button" class="button button--quiet button--icon" aria-label=${t("Close")} @click=${() => this.#dialog?.close()}>${icon("close")}</button></header>
      <div class="differences__body" tabindex="-1">${first && second ? this.#compared(first, second) : this.#problem
        ? html`<div class="failure" role="alert">${icon("alert")}<div><p>${this.#problem}</p></div><button type="button" class="button button--small" @click=${() => void this.#load()}>${t("Retry")}</button></div>`
        : html`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`}</div>
    </dialog>`;
  }

  protected override updated(): void {
    const dialog = this.#dialog;
    if (!dialog || dialog.open) return;
    if (matchMedia(NARROW).matches) dialog.showModal();
    else dialog.show();
  }

  #compared(first: MessageData, second: MessageData): unknown {
    const found = differences(first.text, second.text);
    return html`
      <div class="differences__pair">${this.#choice(0, t("This version"), "first")}${this.#choice(1, t("Compared with"), "second")}</div>
      <p class="differences__sum">${sum(found)}</p>
      ${numbers(first.text, second.text)}${sources(first, second)}
      <div class="differences__text" dir="auto">${found.stretches.map(({ text, side }) => side === "both" ? text : side === "first" ? html`<del>${text}</del>` : html`<ins>${text}</ins>`)}</div>`;
  }

  #choice(at: 0 | 1, label: string, side: string): unknown {
    const pick = (event: Event): void => {
      this.#pair[at] = Number((event.target as HTMLSelectElement).value);
      this.requestUpdate();
    };
    return html`<label class="differences__choice" data-side=${side}><span>${label}</span>
      <select class="input" @change=${pick}>${this.#versions.map((one, n) => html`<option value=${one.id} ?selected=${one.id === this.#pair[at]}>${n + 1} · ${this.#name(one)}</option>`)}</select></label>`;
  }

  #name(one: MessageData): string {
    if (one.origin?.edited) return t("edited by {name}", { name: one.origin.edited.by });
    return one.model ? this.page.models.nameOf(one.model.id, one.model.name) : t("Question");
  }

  async #load(): Promise<void> {
    const shown = this.page.aside.differences;
    if (!shown) return;
    this.#problem = "";
    try {
      const versions = await getJson<MessageData[]>(`/api/chats/${this.page.conversation.id}/messages/${shown.message.id}/versions`);
      if (shown !== this.page.aside.differences) return;
      this.#versions = versions.filter(({ text }) => text.trim());
      this.#choose(shown.message.id);
    } catch (error) {
      this.#problem = (error as Error).message;
    }
    this.requestUpdate();
  }

  /** The version that it was made from, else the neighbour. */
  #choose(message: number): void {
    const at = Math.max(0, this.#versions.findIndex(({ id }) => id === message));
    const one = this.#versions[at];
    const from = this.#versions.find(({ id }) => id === one?.origin?.edited?.of);
    const other = from ?? this.#versions[at - 1] ?? this.#versions[at + 1] ?? one;
    this.#pair = [Math.min(one?.id ?? 0, other?.id ?? 0), Math.max(one?.id ?? 0, other?.id ?? 0)];
  }

  #backdrop(event: Event): void {
    if (event.target === this.#dialog) this.#dialog?.close();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }
}

function sum({ both, first, second }: Differences): string {
  if (!first && !second) return t("Both say the same, word for word.");
  const all = both * 2 + first + second;
  return t("{percent} % in common · only here: {first} · only there: {second}", {
    percent: all ? Math.round((both * 200) / all) : 0,
    first: tn("{n} word", "{n} words", first),
    second: tn("{n} word", "{n} words", second),
  });
}

function numbers(first: string, second: string): unknown {
  const apart = numbersApart(first, second);
  if (!apart.first.length && !apart.second.length) return nothing;
  return html`<p class="differences__numbers">${t("Numbers that only one of them names:")} ${apart.first.map((one) => html`<del>${one}</del> `)}${apart.second.map((one) => html`<ins>${one}</ins> `)}</p>`;
}

/** Which sources each of them names. */
function sources(first: MessageData, second: MessageData): unknown {
  const [one, other] = [cited(first), cited(second)];
  const only = [[...one].filter((name) => !other.has(name)), [...other].filter((name) => !one.has(name))];
  if (!only[0]?.length && !only[1]?.length) return nothing;
  return html`<p class="differences__numbers">${t("Sources that only one of them names:")} ${only[0]?.map((name) => html`<del>${name}</del> `)}${only[1]?.map((name) => html`<ins>${name}</ins> `)}</p>`;
}

const cited = (message: MessageData): Set<string> => new Set(message.sources.filter((source) => source.cited).map((source) => source.document_name ?? source.title));

customElements.define("differences-panel", DifferencesPanel);
