import { html, nothing, type PropertyValues } from "lit";
import { t, tn } from "../../i18n.ts";
import { safeAddress } from "../../markdown/links.ts";
import type { ChatPage } from "../chat-page.ts";
import { checkWords, differentChecks, stateWords } from "../checks.ts";
import { isExcerpt } from "../receipts.ts";
import type { Citation } from "../wire.ts";
import { hostMark } from "../host-mark.ts";
import { icon } from "./icon.ts";
import "./keep-question.ts";
import { LightElement } from "./light-element.ts";
import { placeOf } from "./source-card.ts";
import "./search-receipt.ts";

const NARROW = "(max-width: 64rem)";

/** All passages that one answer was given, the chosen one marked: a column on wide screens, a sheet on narrow ones. */
export class SourcePanel extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;

  protected override willUpdate(): void {
    const { aside } = this.page;
    this.follow(aside, aside.sources?.message);
  }

  protected override render(): unknown {
    const shown = this.page.aside.sources;
    if (!shown) return nothing;
    const { sources } = shown.message;
    return html`<dialog class="sources" aria-labelledby="sources-title" @close=${() => this.page.aside.hide()} @click=${this.#backdrop}>
      <header class="sources__head"><h2 id="sources-title">${sources.length || !shown.message.search ? tn("{n} passage", "{n} passages", sources.length) : t("How the web was used")}</h2>
        <button type="button" class="button button--quiet button--icon" aria-label=${t("Close")} @click=${() => this.#dialog?.close()}>${icon("close")}</button></header>
      <ol class="sources__list">${sources.map((source) => this.#source(source, source.n === shown.n))}${shown.message.search ? html`<li class="source"><search-receipt .message=${shown.message}></search-receipt></li>` : nothing}</ol>
    </dialog>`;
  }

  protected override updated(_changes: PropertyValues): void {
    const dialog = this.#dialog;
    if (!dialog) return;
    if (!dialog.open) {
      if (matchMedia(NARROW).matches) dialog.showModal();
      else dialog.show();
    }
    this.querySelector("[data-marked]")?.scrollIntoView({ block: "nearest" });
  }

  #source(source: Citation, marked: boolean): unknown {
    const place = placeOf(source);
    return html`<li class="source" data-marked=${marked ? "" : nothing} aria-current=${marked ? "true" : nothing}>
      <div class="source__head"><span class="cite cite--still">${source.n}</span>
        <div class="source__name"><bdi>${source.title || source.document_name}</bdi>
          <small>${hostMark(source.url)}${place}${place ? " · " : ""}${source.cited ? html`<span class="source__cited">${t("cited")}</span>` : t("not cited")}
            ${isExcerpt(this.page.aside.sources?.message.search ?? null, source) ? html`· <span class="source__excerpt">${t("excerpt of the search engine")}</span>` : nothing}
            · ${t("score {n}", { n: source.score.toFixed(2) })}${this.#lost(source) ? html` · <span class="since">${t("cut off by the server")}</span>` : nothing}</small></div></div>
      ${source.state ? html`<p class="since">${stateWords(source)}</p>` : nothing}
      ${source.checks?.length ? html`<ul class="source__checks">${differentChecks(source.checks).map((check) => html`<li class="verdict verdict--${check.verdict}">${checkWords(check)}</li>`)}</ul>` : nothing}
      <blockquote class="source__text" dir="auto">${source.text}</blockquote>
      <p class="row source__acts">${this.#link(source)}
        ${source.document ? html`<keep-question .page=${this.page} .message=${this.page.aside.sources?.message} .source=${source}></keep-question>` : nothing}</p>
    </li>`;
  }

  /** Whether the model server cut it off what it was sent. */
  #lost({ n }: Citation): boolean {
    return this.page.aside.sources?.message.truncated?.lost_passages.includes(n) ?? false;
  }

  #link(source: Citation): unknown {
    if (source.document) {
      const place = source.chunk ? `?chunk=${source.chunk}` : source.page ? `?page=${source.page}` : "";
      return html`<a class="source__link" href="/knowledge/documents/${source.document}/${place}" @click=${(event: MouseEvent) => this.#read(event, source)}>${icon("file")}${t("Open the document")}</a>`;
    }
    const address = source.url ? safeAddress(source.url) : null;
    return address
      ? html`<a class="source__link" href=${address} target="_blank" rel="noopener noreferrer nofollow">${icon("out")}${t("Open the page")}</a>`
      : source.state === "gone" || source.chunk == null ? nothing : html`<span class="source__link muted">${t("The document was removed.")}</span>`;
  }

  #read(event: MouseEvent, { n }: Citation): void {
    const shown = this.page.aside.sources;
    if (!shown || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.page.aside.showReader(shown.message, n);
  }

  #backdrop(event: Event): void {
    if (event.target === this.#dialog) this.#dialog?.close();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }
}

customElements.define("source-panel", SourcePanel);
