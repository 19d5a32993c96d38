import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { hostMark } from "../host-mark.ts";
import { hostOf, safeAddress } from "../../markdown/links.ts";
import { getJson, postJson } from "../api.ts";
import type { Message } from "../message.ts";
import { engineWords, pageWords, receiptWords } from "../receipts.ts";
import type { PageTold, Receipt } from "../wire.ts";
import { icon } from "./icon.ts";
import { LightElement } from "./light-element.ts";

interface Shelf {
  id: string;
  name: string;
  right: "own" | "write" | "read";
}

/** What a search did, folded: queries, engines, pages; each page that was read can be kept in a library. */
export class SearchReceipt extends LightElement {
  static override properties = { message: { attribute: false } };
  declare message: Message;
  #shelves: Shelf[] | null = null;
  #pinning = "";
  #told = new Map<string, string>();

  protected override render(): unknown {
    const receipt = this.message.search;
    if (!receipt) return nothing;
    const failed = Boolean(receipt.problem) || receipt.engines?.some(({ state }) => state === "failed" || state === "too_slow");
    return html`<details class="receipt" ?open=${!this.message.sources.length}>
      <summary>${icon(failed ? "alert" : "globe")}<span>${t("How the web was used")} <small>${receiptWords(receipt)}</small></span></summary>
      ${receipt.problem ? html`<p class="receipt__problem">${receipt.problem}</p>` : nothing}
      ${this.#searched(receipt)}
      ${receipt.pages?.length ? html`<ul class="receipt__list">${receipt.pages.map((page) => this.#page(page))}</ul>` : nothing}
    </details>`;
  }

  #searched({ queries = [], engines = [] }: Receipt): unknown {
    return html`${queries.map((query) => html`<p class="receipt__query" dir="auto">${icon("search")}${query}</p>`)}
      ${engines.length ? html`<ul class="receipt__list">${engines.map((engine) => html`<li><strong><bdi>${engine.name}</bdi></strong>
        <span class="muted">${engineWords(engine)}${engine.seconds ? ` · ${t("{n} s", { n: engine.seconds })}` : ""}</span></li>`)}</ul>` : nothing}`;
  }

  #page(page: PageTold): unknown {
    const address = page.url ? safeAddress(page.url) : null;
    const name = page.title || page.url || t("A page without an address");
    return html`<li>${address
        ? html`<a href=${address} target="_blank" rel="noopener noreferrer nofollow" dir="auto">${name}</a> <span class="muted">${hostMark(address)}${hostOf(address)}</span>`
        : html`<span dir="auto">${name}</span>`}
      <span class="receipt__state">${pageWords(page, this.message.sources)}</span>
      ${page.reason ? html`<span class="receipt__state">${page.reason}</span>` : nothing}
      ${address && page.state === "fetched" ? this.#pin(page) : nothing}</li>`;
  }

  #pin(page: PageTold): unknown {
    const url = page.url ?? "";
    const told = this.#told.get(url);
    if (told) return html`<span class="receipt__state" role="status">${told}</span>`;
    if (this.#pinning !== url)
      return html`<button type="button" class="button button--quiet button--small" @click=${() => void this.#choose(url)}>${icon("book")}${t("Pin to a library")}</button>`;
    if (!this.#shelves) return html`<span class="receipt__state">${t("Looking for your libraries…")}</span>`;
    if (!this.#shelves.length) return html`<span class="receipt__state">${t("You have no library to put it into.")}</span>`;
    return html`<label class="receipt__pin"><span class="visually-hidden">${t("Library")}</span>
      <select class="input" @change=${(event: Event) => void this.#keep(page, event.target as HTMLSelectElement)}>
        <option value="">${t("Choose a library")}</option>${this.#shelves.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}</select></label>`;
  }

  async #choose(url: string): Promise<void> {
    this.#pinning = url;
    this.requestUpdate();
    try {
      this.#shelves ??= (await getJson<Shelf[]>("/api/libraries")).filter(({ right }) => right !== "read");
    } catch (error) {
      this.#told.set(url, (error as Error).message);
    }
    this.requestUpdate();
  }

  async #keep(page: PageTold, chosen: HTMLSelectElement): Promise<void> {
    const url = page.url ?? "";
    const library = chosen.value;
    if (!library) return;
    chosen.disabled = true;
    try {
      const kept = await postJson<{ same?: boolean; created: boolean }>(`/api/libraries/${library}/documents`, { url, mark: page.mark ?? "" });
      this.#told.set(url, pinned(kept, chosen.selectedOptions[0]?.text ?? ""));
    } catch (error) {
      this.#told.set(url, (error as Error).message);
    }
    this.#pinning = "";
    this.requestUpdate();
  }
}

function pinned({ same, created }: { same?: boolean; created: boolean }, name: string): string {
  if (!created) return t("It is in “{name}” already.", { name });
  if (same === false) return t("Kept in “{name}” as it is now: the page has changed since it was read.", { name });
  return t("Kept in “{name}” as it was read.", { name });
}

customElements.define("search-receipt", SearchReceipt);
