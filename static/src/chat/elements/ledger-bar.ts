// The bar that shows how the parts of a prompt fill the window, with a legend that is read without colours too.
import { html, nothing } from "lit";
import { ref } from "lit/directives/ref.js";
import { t } from "../../i18n.ts";
import { type Bar, bars, type LedgerData } from "../ledger.ts";
import { count } from "../limits.ts";

const NARROW = 0.004; // shares below this are drawn as wide as this, or they could not be seen

/** `open` is called with the kind of the part that was pressed. */
export function ledgerBar(data: LedgerData, language: string, open: (kind: string) => void): unknown {
  const shown = bars(data);
  const words = (bar: Bar): string => t("{name}: {n} tokens", { name: bar.name, n: count(bar.tokens, language) });
  return html`<div class="bar" role="img" aria-label=${shown.map(words).join(", ")}>${shown.map((bar) => html`
      <span class="bar__part" data-kind=${bar.kind} title=${words(bar)} ${ref((part) => widen(part, bar.share))}></span>`)}</div>
    <ul class="legend">${shown.map((bar) => html`<li>${data.parts.some((part) => part.kind === bar.kind)
      ? html`<button type="button" class="legend__part" @click=${() => open(bar.kind)}>${entry(bar, language)}</button>`
      : html`<span class="legend__part">${entry(bar, language)}</span>`}</li>`)}
      ${data.left_out.length ? html`<li><button type="button" class="legend__part legend__part--lost" @click=${() => open("left_out")}>${t("Left out: {n}", { n: data.left_out.length })}</button></li>` : nothing}</ul>`;
}

/** The content policy allows no style attribute. */
function widen(part: Element | undefined, share: number): void {
  if (part instanceof HTMLElement) part.style.flexGrow = String(Math.max(NARROW, share));
}

function entry(bar: Bar, language: string): unknown {
  return html`<span class="legend__dot" data-kind=${bar.kind}></span><span>${bar.name}</span><span class="legend__n">${count(bar.tokens, language)}</span>`;
}
