// An answer that is a picture: told apart here, drawn by an element that comes with the first one.
import { html } from "lit";
import type { ChatPage } from "../chat-page.ts";
import { loadImages } from "../elements/load-later.ts";
import type { Message } from "../message.ts";

export function isPicture(message: Message): boolean {
  return message.role === "assistant" && (message.origin.image !== undefined || message.attachments.length > 0);
}

export function pictureAnswer(page: ChatPage, message: Message): unknown {
  void loadImages().catch(() => page.lacks());
  return html`<made-pictures .page=${page} .message=${message}></made-pictures>`;
}
