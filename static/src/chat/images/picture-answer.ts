// An answer that is a picture: told apart here, drawn by an element that comes with the first one.
import { html, nothing } from "lit";
import type { ChatPage } from "../chat-page.ts";
import { loadImages } from "../elements/load-later.ts";
import type { Message } from "../message.ts";

export function isPicture(message: Message): boolean {
  return message.role === "assistant" && message.origin.image !== undefined;
}

/** Also below words, when a model had a picture made. */
export function pictureAnswer(page: ChatPage, message: Message): unknown {
  if (!isPicture(message) && !message.attachments.length) return nothing;
  void loadImages().catch(() => page.lacks());
  return html`<made-pictures .page=${page} .message=${message}></made-pictures>`;
}
