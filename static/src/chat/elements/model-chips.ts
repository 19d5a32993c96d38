// Above the question: the models that answer it side by side, or the one that answers it alone.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { icon } from "./icon.ts";

export function modelChips(page: ChatPage): unknown {
  const { choices, models } = page;
  if (choices.once) {
    return html`<ul class="chips" aria-label=${t("For this question alone")}>${chip(`@ ${models.nameOf(choices.once)}`, t("Not this model"), () => choices.takeOnce(null))}</ul>`;
  }
  if (choices.several.length < 2) return nothing;
  return html`<ul class="chips" aria-label=${t("Models that answer side by side")}>${choices.several.map(({ id }) => {
    const name = models.nameOf(id);
    return chip(name, t("Do not ask {name}", { name }), () => choices.drop(id));
  })}</ul>`;
}

function chip(name: string, leave: string, drop: () => void): unknown {
  return html`<li class="chip chip--model">${icon("chat")}<bdi>${name}</bdi>
    <button type="button" aria-label=${leave} @click=${drop}>${icon("close")}</button></li>`;
}
