// The quiet lines of a thread: another model goes on, older messages were left out, a model is not what it was.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Mark } from "../thread-marks.ts";
import { icon } from "./icon.ts";

export function noteLines(page: ChatPage, marks: readonly Mark[] = []): unknown {
  return marks.map((mark) => html`<li class="note" data-kind=${mark.kind}><span class="note__line">${line(page, mark)}</span></li>`);
}

function line(page: ChatPage, mark: Mark): unknown {
  switch (mark.kind) {
    case "model":
      return html`${icon("swap")}<span>${t("From here: {name}", { name: mark.name })}</span>`;
    case "changed":
      return html`${icon("alert")}<span>${t("From here “{name}” is another model: it was changed on its server.", { name: mark.name })}</span>`;
    case "left-out":
      return html`${icon("bars")}<span>${t("For the last answer the model read from here on; what stands above did not fit.")}</span>
        <button type="button" class="link" @click=${() => page.aside.showLedger(mark.answer, "left_out")}>${t("What it was given")}</button>`;
  }
}

/** Below the last message: its model was taken away, or is another one by now. */
export function standingNotes(page: ChatPage): unknown {
  const { standing } = page.conversation;
  const changed = standing.filter((one) => one.changed && one.why);
  const { withdrawn } = page.choices;
  if (!withdrawn && !changed.length) return nothing;
  return html`<li class="standing">
    ${changed.map(({ why }) => html`<p class="notice notice--info">${why}</p>`)}
    ${withdrawn ? html`<div class="notice notice--warn standing__withdrawn"><span>${withdrawn}</span>
      <button type="button" class="button button--small" @click=${choose}>${t("Choose a model")}</button></div>` : nothing}</li>`;
}

const choose = (event: Event): void => void event.target?.dispatchEvent(new Event("choose-model", { bubbles: true }));
