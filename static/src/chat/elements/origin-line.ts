// How a message came to be, in a few quiet words; and a question that nobody was asked yet.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import type { Origin } from "../origin.ts";

/** Of an answer; `question` is what it stands below. */
export function originLine({ origin, createdAt }: Message, question: Message | undefined): unknown {
  const { edited, merged, sources, wish }: Origin = origin;
  const wasOther = question?.origin.edited && createdAt < question.createdAt;
  const words = [
    wasOther ? t("answered the question as it was worded before") : "",
    edited ? t("edited by {name}", { name: edited.by }) : "",
    merged ? t("written out of {names}", { names: [...new Set(merged.map(({ name }) => name))].join(", ") }) : "",
    wish?.kind === "shorter" ? t("asked to be shorter") : wish?.kind === "longer" ? t("asked to be longer") : "",
    sources?.libraries === undefined ? "" : sources.libraries ? t("asked with libraries") : t("asked without libraries"),
    sources?.web === undefined ? "" : sources.web ? t("asked with the web") : t("asked without the web"),
  ].filter(Boolean);
  return words.length ? html`<p class="origin" dir="auto">${words.join(" · ")}</p>` : nothing;
}

/** Saved without asking, or its answers were deleted. */
export function notAsked(page: ChatPage, message: Message): unknown {
  const { conversation } = page;
  if (message.askedOn || conversation.tree.leaf !== message.id || conversation.pending.length || conversation.loading) return nothing;
  return html`<div class="waiting waiting--question"><span class="muted">${t("No answer yet.")}</span>
    <button type="button" class="button button--small" @click=${() => page.regenerate(message)}>${t("Ask now")}</button></div>`;
}
