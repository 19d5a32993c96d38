import "../chat/shared.ts";
import { html, nothing } from "lit";
import type { ChatPage } from "../chat/chat-page.ts";
import { checkWords, differentChecks, stateWords } from "../chat/checks.ts";
import { icon } from "../chat/elements/icon.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import { placeOf } from "../chat/elements/source-card.ts";
import type { Citation } from "../chat/wire.ts";
import { t } from "../i18n.ts";
import { hostOf, safeAddress } from "../markdown/links.ts";
import { PdfView } from "./pdf-view.ts";
import { Reader } from "./reader.ts";
import { sheetView } from "./sheet-view.ts";
import type { Reading, Sheet } from "./wire.ts";

export const NARROW = "(max-width: 64rem)";

/** The document behind a citation, opened at its place: beside the chat, or over it where there is no room. */
export class ReaderPanel extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #reader: Reader | null = null;
  #view: PdfView | null = null;
  #scrolledTo: unknown = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
  }

  protected override willUpdate(): void {
    const shown = this.page.aside.reader;
    const chat = this.page.conversation.id;
    if (shown && chat && (this.#reader?.message !== shown.message || this.#reader.n !== shown.n)) {
      this.#forget();
      this.#reader = new Reader(chat, shown.message, shown.n);
      void this.#reader.load();
    }
    this.follow(this.page.aside, this.#reader);
  }

  protected override render(): unknown {
    const shown = this.page.aside.reader;
    const reader = this.#reader;
    const source = shown && this.page.aside.citation(shown.message, shown.n);
    if (!shown || !reader || !source) return nothing;
    const told = reader.reading?.source ?? source;
    return html`<dialog class="sources reader" aria-labelledby="reader-title" @close=${() => this.page.aside.hide()}>
      <header class="reader__head">
        <button type="button" class="button button--quiet reader__back" @click=${() => this.#dialog?.close()}>${icon("left")}${t("Back to the chat")}</button>
        <div class="reader__name"><h2 id="reader-title"><span class="cite cite--still" aria-hidden="true">${source.n}</span><bdi>${told.title || told.document_name || t("Source {n}", { n: source.n })}</bdi></h2>
          <small>${placeOf(told)}</small></div>
        <button type="button" class="button button--quiet button--icon reader__close" aria-label=${t("Close")} title=${t("Close")} @click=${() => this.#dialog?.close()}>${icon("close")}</button>
      </header>
      ${this.#verdicts(told)}
      ${reader.reading ? this.#tools(reader, reader.reading) : nothing}
      ${this.#body(reader, told)}
    </dialog>`;
  }

  protected override updated(): void {
    const dialog = this.#dialog;
    if (!dialog) return;
    if (!dialog.open) {
      if (matchMedia(NARROW).matches) dialog.showModal();
      else dialog.show();
    }
    const reader = this.#reader;
    if (!reader || reader.loading) return;
    if (reader.isPdf) void this.#drawPages(reader);
    else if (this.#scrolledTo !== reader.reading) {
      this.#scrolledTo = reader.reading;
      this.querySelector(".reader__body mark")?.scrollIntoView({ block: "center" });
    }
  }

  #verdicts(source: Citation): unknown {
    const checks = source.checks ?? [];
    const elsewhere = checks.find(({ verdict }) => verdict === "elsewhere")?.where;
    if (!checks.length && !source.state) return nothing;
    return html`<div class="reader__checks">
      ${source.state ? html`<p class="since">${stateWords(source)}</p>` : nothing}
      ${differentChecks(checks).map((check) => html`<p class="verdict verdict--${check.verdict}">${checkWords(check)}</p>`)}
      ${elsewhere && this.#reader ? html`<button type="button" class="button button--small" @click=${() => this.#other(elsewhere)}>${t("Show source {n}", { n: elsewhere })}</button>` : nothing}
    </div>`;
  }

  #tools(reader: Reader, { document, sheet }: Reading): unknown {
    const count = reader.isPdf ? (reader.file?.pages ?? 1) : (sheet?.count ?? 1);
    const at = reader.isPdf ? reader.page : (sheet?.number ?? 1);
    const turn = (step: number, name: "left" | "right", words: string): unknown =>
      html`<button type="button" class="button button--quiet button--icon button--small" aria-label=${words} title=${words} ?disabled=${at + step < 1 || at + step > count} @click=${() => this.#turn(at + step)}>${icon(name)}</button>`;
    return html`<div class="reader__tools">
      ${count > 1 ? html`<span class="reader__pages">${turn(-1, "left", t("Page before"))}
        <label><span class="visually-hidden">${t("Page")}</span><input type="text" inputmode="numeric" class="reader__page" .value=${String(at)} @change=${(event: Event) => this.#turn(Number((event.target as HTMLInputElement).value))}></label>
        <span>/ ${count}</span>${turn(1, "right", t("Page after"))}</span>` : nothing}
      ${reader.file ? html`<button type="button" class="button button--quiet button--small" aria-pressed=${reader.asText} @click=${() => reader.switch()}>${t("As text")}</button>` : nothing}
      <span class="reader__links"><button type="button" class="button button--quiet button--small" @click=${() => this.page.aside.showSources(reader.message, reader.n)}>${icon("quote")}${t("All passages")}</button>
        ${document?.address ? html`<a class="source__link" href=${document.address} target="_blank" rel="noopener">${icon("book")}<bdi>${document.library}</bdi></a>` : nothing}
        ${document ? html`<a class="source__link" href=${document.file} aria-label=${t("Download")} title=${t("Download")}>${icon("file")}</a>` : nothing}</span>
    </div>`;
  }

  #body(reader: Reader, source: Citation): unknown {
    if (reader.problem) return this.#alone(source, html`<p class="notice notice--error" role="alert">${reader.problem}</p>
      <button type="button" class="button button--small" @click=${() => void reader.load()}>${t("Try again")}</button>`);
    if (!reader.reading) return html`<div class="reader__body" aria-busy="true"><div class="skeleton"><span></span><span></span><span></span></div><p class="visually-hidden" role="status">${t("Opening the document…")}</p></div>`;
    const { document, place, sheet } = reader.reading;
    if (!document || !sheet) return this.#alone(source, this.#web(source, reader.reading));
    // Hidden and not taken away while its text is looked at: it keeps its place.
    const file = reader.file ? html`<div class="reader__file" data-file ?hidden=${reader.asText}></div>` : nothing;
    if (reader.isPdf) return html`${reader.found === false ? this.#beside(source, t("The cited words could not be marked on the drawn page. This is the passage as it was read:")) : nothing}${file}`;
    if (reader.loading) return html`<div class="reader__body" aria-busy="true"><p class="muted" role="status">${t("Opening the document…")}</p></div>${file}`;
    return html`${nothing}${file}<div class="reader__body" tabindex="0" role="region" aria-label=${t("Text of the document")}>
      ${reader.unshowable ? html`<p class="notice notice--warn">${reader.unshowable} ${t("This is what was read of it.")}</p>` : nothing}
      ${place?.found ? nothing : this.#beside(source, t("These words do not stand in the document any more. They were:"))}
      ${hasText(sheet) ? sheetView(sheet) : html`<p class="muted">${t("There is no text on this page.")}</p>`}</div>`;
  }

  /** The passage by itself, where there is no document to open. */
  #alone(source: Citation, note: unknown): unknown {
    return html`<div class="reader__body" tabindex="0" role="region" aria-label=${t("Passage")}>${note}
      ${source.text ? html`<blockquote class="reader__passage" dir="auto"><mark>${source.text}</mark></blockquote>` : nothing}</div>`;
  }

  #beside(source: Citation, words: string): unknown {
    return html`<aside class="reader__beside"><p class="small">${words}</p><blockquote class="reader__passage" dir="auto">${source.text}</blockquote></aside>`;
  }

  #web(source: Citation, { read_at }: Reading): unknown {
    const address = source.url ? safeAddress(source.url) : null;
    if (!address) return source.text && !source.state && !source.document ? html`<p class="small muted">${t("This passage is all of it that can be opened here.")}</p>` : nothing;
    const day = new Intl.DateTimeFormat(this.page.boot.language, { dateStyle: "long" }).format(new Date(read_at));
    return html`<p class="reader__web"><strong>${hostOf(address)}</strong><span class="muted">${t("as it was read on {day}", { day })}</span></p>
      <p><a class="source__link" href=${address} target="_blank" rel="noopener noreferrer nofollow">${icon("out")}${t("Open the page")}</a></p>`;
  }

  async #drawPages(reader: Reader): Promise<void> {
    const place = this.querySelector("[data-file]");
    if (!place || !reader.file || this.#view?.parentElement === place) return;
    this.#view = new PdfView();
    this.#view.tabIndex = 0;
    this.#view.setAttribute("aria-label", t("Pages of the document"));
    this.#view.turned = (page) => reader.turned(page);
    const view = this.#view;
    view.addEventListener("scroll", () => view.scrolled(), { passive: true });
    place.replaceChildren(view);
    try {
      reader.drawn(await view.show(reader.file, reader.page, reader.reading?.source.text ?? ""));
    } catch {
      reader.drawn(null);
    }
  }

  #turn(page: number): void {
    const reader = this.#reader;
    if (!reader || !Number.isInteger(page)) return this.requestUpdate();
    if (reader.isPdf) void this.#view?.goTo(page);
    else void reader.load(Math.max(page, 1));
  }

  #other(n: number): void {
    const shown = this.page.aside.reader;
    if (shown) this.page.aside.showReader(shown.message, n);
  }

  #forget(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#view = null;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }
}

function hasText(sheet: Sheet): boolean {
  return sheet.sections.some(({ parts }) => parts.some(([text]) => text.trim()));
}

customElements.define("reader-panel", ReaderPanel);
