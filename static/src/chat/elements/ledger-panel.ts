import { html, nothing } from "lit";
import { t, tn } from "../../i18n.ts";
import { answerFacts } from "../answer-facts.ts";
import type { ChatPage } from "../chat-page.ts";
import { type LedgerData, type LedgerItem, isPassage, ledgerOf, type LedgerPart, type LeftOut, partName } from "../ledger.ts";
import { count } from "../limits.ts";
import type { Message } from "../message.ts";
import { passageList } from "../passages.ts";
import { copyText } from "./clipboard.ts";
import { icon } from "./icon.ts";
import { ledgerBar } from "./ledger-bar.ts";
import { LightElement } from "./light-element.ts";

const NARROW = "(max-width: 64rem)";

/** All that the model of one answer was given: a column on wide screens, a sheet on narrow ones. */
export class LedgerPanel extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #shown: object | null = null;

  protected override willUpdate(): void {
    const shown = this.page.aside.ledger;
    const ledger = shown && ledgerOf(shown.message);
    this.follow(this.page.aside, shown?.message, ledger);
    const chat = this.page.conversation.id;
    if (shown && chat && ledger && !ledger.problem) void ledger.load(chat, shown.message);
  }

  protected override render(): unknown {
    const shown = this.page.aside.ledger;
    if (!shown) return nothing;
    const { data, problem } = ledgerOf(shown.message);
    return html`<dialog class="sources ledger" aria-labelledby="ledger-title" @close=${() => this.page.aside.hide()} @click=${this.#backdrop}>
      <header class="sources__head"><h2 id="ledger-title">${t("What the model was given")}</h2>
        <button type="button" class="button button--quiet button--icon" aria-label=${t("Close")} @click=${() => this.#dialog?.close()}>${icon("close")}</button></header>
      <div class="ledger__body" tabindex="-1">${data ? this.#ledger(data, shown.message) : problem ? this.#failed(problem, shown.message) : skeleton()}</div>
    </dialog>`;
  }

  protected override updated(): void {
    const dialog = this.#dialog;
    if (!dialog) return;
    if (!dialog.open) {
      if (matchMedia(NARROW).matches) dialog.showModal();
      else dialog.show();
    }
    // Once for each time that it is asked for: afterwards the reader folds and unfolds.
    const shown = this.page.aside.ledger;
    if (!shown || shown === this.#shown || !ledgerOf(shown.message).data) return;
    this.#shown = shown;
    const part = shown.part && this.querySelector<HTMLDetailsElement>(`details[data-kind="${CSS.escape(shown.part)}"]`);
    if (!part) return;
    part.open = true;
    part.scrollIntoView({ block: "start" });
    part.querySelector("summary")?.focus();
  }

  #ledger(data: LedgerData, message: Message): unknown {
    const { language } = this.page.boot;
    return html`
      <p class="ledger__who"><strong><bdi>${data.model}</bdi></strong>${data.host ? html` · ${data.host}` : nothing}</p>
      <p class="ledger__sum">${sumWords(data, language)}</p>
      ${data.parts.length ? ledgerBar(data, language, (kind) => this.page.aside.showLedger(message, kind)) : nothing}
      ${data.truncated ? cutNotice(data, language) : nothing}
      ${data.passages && data.passages.found > data.passages.sent ? html`<p class="ledger__fit">${t("{sent} of {found} passages had room.", data.passages)}</p>` : nothing}
      ${data.parts.length ? nothing : html`<p class="muted">${t("Of this answer no account was kept.")}</p>`}
      ${data.parts.filter((part) => part.items.length).map((part) => partFold(part, data, language))}
      ${data.left_out.length ? leftOutFold(data.left_out, language) : nothing}
      ${data.request ? requestFold(data) : nothing}
      <p class="figures__facts">${answerFacts(message, language).map((fact) => html`<span>${fact}</span>`)}</p>`;
  }

  #failed(problem: string, message: Message): unknown {
    const again = (): void => void ledgerOf(message).load(this.page.conversation.id ?? "", message);
    return html`<div class="failure" role="alert">${icon("alert")}<div><p>${problem}</p></div><button type="button" class="button button--small" @click=${again}>${t("Retry")}</button></div>`;
  }

  #backdrop(event: Event): void {
    if (event.target === this.#dialog) this.#dialog?.close();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }
}

function sumWords(data: LedgerData, language: string): string {
  const { reported, estimate, window } = data;
  const sent = reported.prompt === null ? t("about {n} tokens sent", { n: count(estimate, language) }) : t("{n} tokens sent, by the server's own count", { n: count(reported.prompt, language) });
  return window ? `${sent} · ${t("Window: {n} tokens", { n: count(window, language) })}` : sent;
}

function cutNotice({ truncated }: LedgerData, language: string): unknown {
  if (!truncated) return nothing;
  const { seen, sent, lost_passages: lost } = truncated;
  return html`<div class="notice notice--warn">${t("The server read about {seen} of {sent} tokens.", { seen: count(seen, language), sent: count(sent, language) })}
    ${lost.length ? t("Passages {passages} were not seen.", { passages: passageList(lost) }) : nothing}</div>`;
}

function partFold(part: LedgerPart, data: LedgerData, language: string): unknown {
  const lost = new Set(data.truncated?.lost_passages);
  return html`<details class="fold" data-kind=${part.kind}>
    <summary><span class="legend__dot" data-kind=${part.kind}></span><span class="fold__name">${partName(part.kind)}</span>
      <span class="fold__n">${tn("{n} item", "{n} items", part.items.length)} · ${count(part.tokens, language)}</span></summary>
    <ol class="fold__items">${part.items.map((item) => itemRow(item, language, isPassage(item, lost)))}</ol></details>`;
}

function itemRow(item: LedgerItem, language: string, lost: boolean): unknown {
  return html`<li class="piece"><div class="piece__head"><bdi>${item.title}</bdi>${lost ? html`<span class="piece__lost">${t("not seen")}</span>` : nothing}
    <span class="fold__n">${t("{n} tokens", { n: count(item.tokens, language) })}</span></div>
    <pre class="piece__text" dir="auto" tabindex="0">${item.text}</pre></li>`;
}

function leftOutFold(items: LeftOut[], language: string): unknown {
  return html`<details class="fold" data-kind="left_out">
    <summary>${icon("alert")}<span class="fold__name">${t("Left out")}</span><span class="fold__n">${tn("{n} item", "{n} items", items.length)}</span></summary>
    <ol class="fold__items">${items.map((item) => html`<li class="piece"><div class="piece__head"><bdi>${item.title}</bdi>${item.tokens ? html`<span class="fold__n">${t("{n} tokens", { n: count(item.tokens, language) })}</span>` : nothing}</div>
      <p class="piece__why">${item.why}</p>${item.text ? html`<pre class="piece__text" dir="auto" tabindex="0">${item.text}</pre>` : nothing}</li>`)}</ol></details>`;
}

function requestFold(data: LedgerData): unknown {
  const text = JSON.stringify(data.request, null, 2);
  return html`<details class="fold" data-kind="request">
    <summary>${icon("server")}<span class="fold__name">${t("The request itself")}</span></summary>
    <p class="piece__why">${data.exact ? t("This is what was sent, byte for byte. The key is never in it.") : t("Put together again from what is stored, so a word may differ from what was sent. The key is never in it.")}</p>
    <button type="button" class="button button--small" @click=${(event: Event) => copyText(event.currentTarget as HTMLButtonElement, text)}>${icon("copy")}${t("Copy the request")}</button>
    <pre class="piece__text piece__text--request" dir="ltr" tabindex="0">${text}</pre></details>`;
}

function skeleton(): unknown {
  return html`<div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`;
}

customElements.define("ledger-panel", LedgerPanel);
