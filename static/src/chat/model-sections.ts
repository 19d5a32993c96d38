// What the model picker lists: sections without a search, the best hits first with one.
import { t } from "../i18n.ts";
import { NOT_AT_ALL, rank, wordsOf } from "./fitting.ts";
import type { Badge, ModelChoice } from "./wire.ts";

const FEW = 8; // models that are seen at a glance need no list of the recent ones
const RECENT = 4;

export interface Section {
  name: string;
  models: ModelChoice[];
  /** Its models are of several connections, so each says its own. */
  mixed: boolean;
}

/** Each model stands in one section only. */
export function sections(models: readonly ModelChoice[], query: string): Section[] {
  if (query.trim()) return found(models, query);
  const favourites = models.filter((model) => model.favourite);
  const recent = models.length > FEW ? recently(models.filter((model) => !model.favourite)) : [];
  const shown = new Set([...favourites, ...recent]);
  const rest = models.filter((model) => !shown.has(model));
  const assistants = rest.filter((model) => model.kind === "assistant");
  const groups = new Map<string, ModelChoice[]>();
  for (const model of rest) {
    if (model.kind === "assistant") continue;
    groups.set(model.connection, [...(groups.get(model.connection) ?? []), model]);
  }
  return [
    { name: t("Favourites"), models: favourites, mixed: true },
    { name: t("Recently used"), models: recent, mixed: true },
    { name: t("Assistants"), models: assistants, mixed: false },
    ...[...groups].map(([name, members]) => ({ name, models: members, mixed: false })),
  ].filter((section) => section.models.length);
}

export function badgeName(badge: Badge): string {
  switch (badge) {
    case "vision":
      return t("sees images");
    case "tools":
      return t("uses tools");
    case "thinking":
      return t("thinks first");
    default:
      return badge;
  }
}

/** "32k" for a badge. */
export function shortWindow(window: number): string {
  if (window < 1000) return String(window);
  const thousands = window % 1000 === 0 ? window / 1000 : window / 1024;
  return thousands >= 1000 ? `${Math.round(thousands / 100) / 10}M` : `${Math.round(thousands)}k`;
}

function found(models: readonly ModelChoice[], query: string): Section[] {
  const words = wordsOf(query);
  const ranked = models.map((model) => ({ model, rank: rankOf(model, words) })).filter(({ rank }) => rank < NOT_AT_ALL);
  ranked.sort((one, other) => one.rank - other.rank);
  return ranked.length ? [{ name: "", models: ranked.map(({ model }) => model), mixed: true }] : [];
}

/** How well it fits, the lowest best. */
function rankOf(model: ModelChoice, words: readonly string[]): number {
  const about = [model.id, model.connection, model.description, ...model.badges, ...model.badges.map(badgeName)].join(" ");
  return rank(words, model.name, about);
}

function recently(models: readonly ModelChoice[]): ModelChoice[] {
  const used = models.filter((model) => model.used_at);
  return used.sort((one, other) => Date.parse(other.used_at ?? "") - Date.parse(one.used_at ?? "")).slice(0, RECENT);
}
