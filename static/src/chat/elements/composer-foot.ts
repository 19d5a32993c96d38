// The line under the composer: how full the window is, what may still be used, and that models can be wrong.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { type ContextUse, contextUse } from "../context-use.ts";
import type { Remaining } from "../limits.ts";
import { icon } from "./icon.ts";

export function composerFoot(page: ChatPage, draft: string): unknown {
  const use = contextUse(page.conversation.shown, draft, page.choices.model?.window ?? null);
  const { remaining } = page.limits;
  return html`<div class="foot">
    ${use ? meter(page, use) : nothing}
    <p class="chat__note">${t("Models can be wrong. Check what matters against its source.")}</p>
    ${remaining ? left(remaining) : nothing}
  </div>`;
}

function meter(page: ChatPage, use: ContextUse): unknown {
  const percent = Math.round(use.share * 100);
  const words = use.nearlyFull ? t("Window {n} % full: the oldest messages are left out next", { n: percent }) : t("Window {n} % full", { n: percent });
  const { counted } = use;
  const inside = html`<progress class="meter__bar" max="100" .value=${percent} aria-hidden="true"></progress><span>${words}</span>`;
  const tone = use.nearlyFull ? "low" : "quiet";
  const title = t("About {tokens} of the {window} tokens that the model can read at once", { tokens: use.tokens, window: use.window });
  return counted
    ? html`<button type="button" class="meter" data-tone=${tone} title=${title} @click=${() => page.aside.showLedger(counted)}>${inside}</button>`
    : html`<span class="meter" data-tone=${tone} title=${title}>${inside}</span>`;
}

function left({ tone, words }: Remaining): unknown {
  return html`<p class="limit" data-tone=${tone} role=${tone === "quiet" ? nothing : "status"}>${tone === "quiet" ? nothing : icon("alert")}${words}</p>`;
}
