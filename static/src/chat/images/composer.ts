// What the composer shows of pictures: a switch, and once it is on, what can be said of the picture.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { icon } from "../elements/icon.ts";
import { loadImages } from "../elements/load-later.ts";

const COMMAND = /^\/(?:image|图片)\s/i;

export function imageSwitch(page: ChatPage): unknown {
  if (!page.boot.images) return nothing;
  const { on } = page.images;
  return html`<button type="button" class="tool tool--image" aria-pressed=${on} data-on=${on ? "" : nothing} title=${t("Have a picture made of what you write (/image)")}
    @click=${() => page.images.turn(!on)}>${icon("image")}<span class="tool__words">${t("Picture")}</span></button>`;
}

export function pictureWords(page: ChatPage): unknown {
  if (!page.images.on) return nothing;
  void loadImages().catch(() => page.lacks());
  return html`<image-options .page=${page}></image-options>`;
}

/** `/image ` at the beginning of the box turns to pictures, and goes. */
export function typedImage(page: ChatPage, text: string): string {
  if (!page.boot.images || !COMMAND.test(text)) return text;
  page.images.turn(true);
  return text.replace(COMMAND, "");
}
