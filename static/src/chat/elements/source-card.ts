// The small card above a citation: title, page and the passage. One for the whole page, placed where it is needed.
import { t } from "../../i18n.ts";
import { hostOf } from "../../markdown/links.ts";
import { checkWords, stateWords } from "../checks.ts";
import type { Check, Citation } from "../wire.ts";

const EXCERPT = 280;
let card: HTMLElement | null = null;

export function showSourceCard(chip: HTMLElement, citation: Citation, check: Check | null): void {
  card ??= make();
  const place = placeOf(citation);
  card.replaceChildren(
    line("source-card__title", citation.title || citation.document_name || t("Source {n}", { n: citation.n })),
    ...(place ? [line("source-card__place", place)] : []),
    ...(citation.state ? [line("since", stateWords(citation))] : []),
    ...(check ? [line(`verdict verdict--${check.verdict}`, checkWords(check))] : []),
    line("source-card__text", citation.text.length > EXCERPT ? `${citation.text.slice(0, EXCERPT)}…` : citation.text),
  );
  card.hidden = false;
  const spot = chip.getBoundingClientRect();
  const size = card.getBoundingClientRect();
  const margin = 8;
  const inline = Math.min(Math.max(margin, spot.left + spot.width / 2 - size.width / 2), innerWidth - size.width - margin);
  const above = spot.top - size.height - margin;
  card.style.translate = `${inline}px ${above > margin ? above : spot.bottom + margin}px`;
}

export function hideSourceCard(): void {
  if (card) card.hidden = true;
}

/** "page 12 · Chapter two", or the host of a web page. */
export function placeOf(citation: Citation): string {
  const parts = [
    citation.url ? hostOf(citation.url) : "",
    citation.page ? t("page {n}", { n: citation.page }) : "",
    citation.heading,
  ];
  return parts.filter(Boolean).join(" · ");
}

function make(): HTMLElement {
  const made = document.createElement("div");
  made.className = "source-card";
  made.setAttribute("role", "tooltip");
  document.body.append(made);
  document.addEventListener("scroll", hideSourceCard, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hideSourceCard());
  return made;
}

function line(className: string, text: string): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  made.dir = "auto";
  made.textContent = text;
  return made;
}
