// What a search did, in words: engines, pages, and what was used of them.
import { t, tn } from "../i18n.ts";
import type { Citation, EngineTold, PageTold, Receipt } from "./wire.ts";

export function receiptOf(text: string): Receipt | null {
  if (!text) return null;
  try {
    return JSON.parse(text) as Receipt;
  } catch {
    return null;
  }
}

/** The line at the answer that opens its sources: an engine that had to be passed over is named there already. */
export function sourcesWords(passages: number, receipt: Receipt | null): string {
  const words = passages ? tn("{n} passage read", "{n} passages read", passages) : t("How the web was used");
  const failed = (receipt?.engines ?? []).filter(({ state }) => state === "failed" || state === "too_slow").map(({ name }) => name);
  return failed.length ? `${words} · ${t("no answer from {names}", { names: failed.join(", ") })}` : words;
}

/** The one line under which the rest is folded. */
export function receiptWords(receipt: Receipt): string {
  const read = (receipt.pages ?? []).filter(({ state }) => state === "fetched").length;
  const pages = tn("{n} page read", "{n} pages read", read);
  const seconds = t("{n} s", { n: receipt.seconds ?? 0 });
  const engine = (receipt.engines ?? []).findLast(({ state }) => state === "found")?.name;
  return [engine, pages, seconds].filter(Boolean).join(" · ");
}

export function engineWords({ state, hits = 0, reason }: EngineTold): string {
  switch (state) {
    case "found":
      return tn("{n} hit", "{n} hits", hits);
    case "nothing":
      return t("found nothing");
    case "unneeded":
      return t("another one was faster");
    case "not_asked":
      return t("not asked: the time was up");
    default:
      return reason ?? t("failed");
  }
}

export function pageWords(page: PageTold, sources: readonly Citation[]): string {
  const used = sources.filter(({ url }) => url === page.url).length;
  const parts = [stateWords(page), page.size ? size(page.size) : "", page.seconds ? t("{n} s", { n: page.seconds }) : ""];
  if (page.state === "fetched") parts.push(used ? tn("{n} passage used", "{n} passages used", used) : t("not used"));
  return parts.filter(Boolean).join(" · ");
}

/** A source that is no page that was read, but the engine's own words about it. */
export function isExcerpt(receipt: Receipt | null, source: Citation): boolean {
  return Boolean(source.url && receipt?.pages?.some(({ url, state }) => url === source.url && state === "snippet"));
}

function stateWords({ state, linked }: PageTold): string {
  if (state === "fetched") return linked ? t("linked in the question, read") : t("read");
  return state === "snippet" ? t("only the engine\u2019s excerpt") : t("left out");
}

function size(bytes: number): string {
  return bytes < 1024 * 1024 ? t("{n} KB", { n: Math.max(1, Math.round(bytes / 1024)) }) : t("{n} MB", { n: (bytes / 1024 / 1024).toFixed(1) });
}
