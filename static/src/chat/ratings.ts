// What this person thinks of an answer: kept on the server, changed and taken back.
import { t } from "../i18n.ts";
import { putJson, remove } from "./api.ts";
import type { ChatPage } from "./chat-page.ts";
import type { Message } from "./message.ts";

/** `shared`: administrators may read the exchange. */
export interface Rating {
  value: "up" | "down";
  reasons: string[];
  note: string;
  shared: boolean;
}

/** The two buttons below an answer, drawn by `tool`. */
export function thumbs(message: Message, tool: (name: "thumbup" | "thumbdown", label: string, value: Rating["value"]) => unknown): unknown {
  const given = message.rating?.value;
  return [
    tool("thumbup", given === "up" ? t("Good answer: say why, or take it back") : t("Good answer"), "up"),
    tool("thumbdown", given === "down" ? t("Bad answer: say why, or take it back") : t("Bad answer"), "down"),
  ];
}

/** Drawn at once; what was there before comes back when the server refuses. */
export async function rate(page: ChatPage, message: Message, rating: Rating | null): Promise<void> {
  const before = message.rating;
  const path = `/api/chats/${page.conversation.id}/messages/${message.id}/rating`;
  message.rate(rating);
  await page.attempt(async () => {
    try {
      message.rate(rating ? await putJson<Rating>(path, rating) : await remove(path));
    } catch (error) {
      message.rate(before);
      throw error;
    }
  });
}
