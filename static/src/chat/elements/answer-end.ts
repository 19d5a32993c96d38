// What stands below the words of an answer: how it ended, what went wrong with it, and what can be done about that.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { failureCard, failureDetails } from "../failures.ts";
import { count } from "../limits.ts";
import type { Message } from "../message.ts";
import { passageList } from "../passages.ts";
import { isPicture } from "../images/picture-answer.ts";
import { copyText } from "./clipboard.ts";
import { icon } from "./icon.ts";

const EMPTY = "empty_answer"; // the code of an answer without a word

/** The words that tell the end of an answer, or what stands in the place of words. */
export function ending(page: ChatPage, message: Message): unknown {
  const { state, text, reasoning, finishReason } = message;
  const empty = state === "complete" && !text.trim() && !isPicture(message);
  return html`
    ${empty ? html`<div class="ending"><p class="muted">${reasoning ? t("The model thought, but gave no answer.") : t("The model gave an empty answer.")}</p>
      ${reasoning ? withoutThinking(page, message) : nothing}</div>` : nothing}
    ${state === "stopped" ? html`<div class="ending"><p class="mark">${t("Stopped")}</p>${goOnButton(page, message)}</div>` : nothing}
    ${finishReason === "length" ? html`<div class="ending"><p class="mark">${t("Cut off: the model reached its longest answer.")}</p>${goOnButton(page, message)}</div>` : nothing}
    ${state === "interrupted" || state === "failed" ? failure(page, message) : nothing}
    ${message.truncated ? truncation(page, message) : nothing}
    ${disputes(message)}`;
}

/** The answer cites two sources that contradict each other. */
function disputes({ sources }: Message): unknown {
  const cited = new Set(sources.filter((one) => one.cited || one.checks?.length).map(({ n }) => n));
  const found = sources.flatMap((one) => (one.disagrees ?? []).filter(({ n }) => one.n < n && cited.has(one.n) && cited.has(n)).map((other) => ({ one, other })));
  return found.map(({ one, other }) => html`<div class="notice notice--warn" role="group" aria-label=${t("Sources disagree")}><strong>${t("Sources disagree")}</strong>
    <p>[${one.n}] ${other.at}: <q dir="auto">${other.says}</q></p><p>[${other.n}] ${other.instead_at}: <q dir="auto">${other.instead}</q></p></div>`);
}

function withoutThinking(page: ChatPage, message: Message): unknown {
  return html`<button type="button" class="button button--small" @click=${() => page.regenerate(message, { params: { think: false } })}>${t("Answer now without thinking")}</button>`;
}

/** The same answer grows on, while nothing stands under it. */
function goOnButton(page: ChatPage, message: Message): unknown {
  if (!message.cut || !page.conversation.tree.isLeaf(message.id)) return nothing;
  return html`<button type="button" class="button button--small" title=${t("Go on writing this answer")} @click=${() => page.goOn(message)}>${t("Continue")}</button>`;
}

function failure(page: ChatPage, message: Message): unknown {
  const { title, side, otherModel } = failureCard(message);
  const details = failureDetails(message, page.conversation.id);
  return html`<div class="failure" role="group" aria-label=${t("Problem")}>
    ${icon("alert")}
    <div><div class="failure__head"><strong>${title}</strong><span class="failure__side">${side}</span></div>
      <p>${message.error?.detail || t("Something went wrong on the server.")}</p>
      <details class="failure__details"><summary>${t("Details")}</summary><pre dir="ltr" tabindex="0">${details}</pre>
        <button type="button" class="button button--small" @click=${(event: Event) => copyText(event.currentTarget as HTMLButtonElement, details)}>${t("Copy")}</button></details>
      <div class="failure__acts">${goOnButton(page, message)}<button type="button" class="button button--small" @click=${() => page.regenerate(message)}>${t("Retry")}</button>
        ${message.reasoning && message.error?.code === EMPTY ? withoutThinking(page, message) : nothing}
        ${otherModel && page.models.all.length > 1 ? otherModelButton(message) : nothing}</div></div></div>`;
}

function otherModelButton(message: Message): unknown {
  return html`<button type="button" class="button button--small" @click=${(event: Event) => askInstead(event, message)}>${t("Other model…")}</button>`;
}

export function askInstead(event: Event, message: Message): void {
  event.target?.dispatchEvent(new CustomEvent("choose-model", { bubbles: true, detail: { kind: "instead", message } }));
}

/** The server read less than it was sent and did not say so: the answer may lack what stood there. */
function truncation(page: ChatPage, message: Message): unknown {
  const { truncated } = message;
  if (!truncated) return nothing;
  const { seen, sent, lost_passages: lost, can_raise_to: window } = truncated;
  const { language } = page.boot;
  const values = { cut: count(sent - seen, language), sent: count(sent, language), passages: passageList(lost) };
  return html`<div class="notice notice--warn truncation" role="group" aria-label=${t("The question was cut")}>
    <span>${lost.length
      ? t("The server cut about {cut} of {sent} tokens; passages {passages} were not seen.", values)
      : t("The server cut about {cut} of {sent} tokens before the model read them.", values)}
      ${window ? nothing : t("An administrator can allow this model a larger window.")}</span>
    <span class="row">${window ? html`<button type="button" class="button button--small" title=${t("Loads the model with a window of {n} tokens", { n: count(window, language) })}
      @click=${() => page.regenerate(message, { params: { window } })}>${t("Raise the window and ask again")}</button>` : nothing}
      <button type="button" class="link" @click=${() => page.aside.showLedger(message)}>${t("What it was given")}</button></span></div>`;
}
