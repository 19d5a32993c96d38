// What the quote gate found, in words, and drawn on the numbers in an answer.
import { t } from "../i18n.ts";
import type { Check, Citation } from "./wire.ts";

/** One sentence for one mark. */
export function checkWords({ verdict, where, missed }: Check): string {
  const what = (missed ?? []).map((words) => `“${words}”`).join(", ");
  switch (verdict) {
    case "found":
      return t("Found in the source, word for word");
    case "elsewhere":
      return what ? t("{what}: stands in source {n} instead", { what, n: where ?? 0 }) : t("Stands in source {n} instead", { n: where ?? 0 });
    case "missing":
      return t("Not found in any source: {what}", { what });
    case "unchecked":
      return t("Nothing in it can be checked word for word");
  }
}

/** Without those that say the same of another mark. */
export function differentChecks(checks: readonly Check[]): Check[] {
  return [...new Map(checks.map((check) => [checkWords(check), check])).values()];
}

/** What has become of a source since it was cited; "" when it stands as it stood. */
export function stateWords({ state }: Citation): string {
  if (state === "withheld") return t("You no longer have access to this source.");
  if (state === "gone") return t("This source has been removed since");
  if (state === "superseded") return t("This source has been marked as superseded since");
  return state === "changed" ? t("This source has changed since") : "";
}

/** The check of this chip; null while an answer is written, and where text and chips do not agree. */
export function checkOf(chip: HTMLElement, host: ParentNode, source: Citation): Check | null {
  const chips = [...host.querySelectorAll<HTMLElement>(`.cite[data-n="${source.n}"]`)];
  return chips.length === source.checks?.length ? (source.checks[chips.indexOf(chip)] ?? null) : null;
}

export function drawChecks(host: ParentNode, sources: readonly Citation[]): void {
  for (const source of sources) {
    const chips = host.querySelectorAll<HTMLElement>(`.cite[data-n="${source.n}"]`);
    chips.forEach((chip, at) => {
      if (source.state) chip.dataset["since"] = source.state;
      const check = chips.length === source.checks?.length ? source.checks[at] : undefined;
      if (check) chip.dataset["verdict"] = check.verdict;
      const words = [t("Source {n}", { n: source.n }), check ? checkWords(check) : "", stateWords(source)];
      chip.setAttribute("aria-label", words.filter(Boolean).join(". "));
    });
  }
}
