// The sidebar's groups: Today, Yesterday, the week, then months.
import { t } from "../i18n.ts";
import type { ChatSummary } from "./wire.ts";

const DAY = 24 * 3600 * 1000;

export interface ChatGroup {
  name: string;
  chats: ChatSummary[];
}

/** Keeps the order given, newest first. */
export function byDay(chats: readonly ChatSummary[], now: Date, language: string): ChatGroup[] {
  const groups: ChatGroup[] = [];
  for (const chat of chats) {
    const name = nameOf(new Date(chat.updated_at), now, language);
    const last = groups.at(-1);
    if (last?.name === name) last.chats.push(chat);
    else groups.push({ name, chats: [chat] });
  }
  return groups;
}

function nameOf(day: Date, now: Date, language: string): string {
  const days = Math.round((midnight(now) - midnight(day)) / DAY);
  if (days <= 0) return t("Today");
  if (days === 1) return t("Yesterday");
  if (days < 7) return t("Previous 7 days");
  if (days < 30) return t("Previous 30 days");
  return new Intl.DateTimeFormat(language, { month: "long", year: "numeric" }).format(day);
}

function midnight(day: Date): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
