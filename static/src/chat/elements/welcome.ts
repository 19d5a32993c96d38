import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import { icon } from "./icon.ts";

/** The empty page: a greeting, or what is still missing and who can change it. */
export function welcome(page: ChatPage): TemplateResult {
  const { user, models, libraries } = page.boot;
  if (!models.length) return noModel(user.administrator);
  return html`<div class="welcome">
    <h1 class="welcome__greeting">${user.name ? t("Good to see you, {name}.", { name: user.name }) : t("Good to see you.")}</h1>
    <p class="welcome__line">${t("What would you like to know?")}</p>
    <ul class="welcome__hints">
      <li><a href="/knowledge/">${icon("book")}<span>${libraries.length ? html`${t("Type # to answer from your libraries")}` : t("Put documents into a library and ask about them")}</span></a></li>
      ${page.boot.web_search ? html`<li><span class="hint">${icon("globe")}<span>${t("Switch on Web to answer from current pages")}</span></span></li>` : nothing}
      <li><span class="hint">${icon("quote")}<span>${t("Answers from sources carry numbers: each opens its passage")}</span></span></li>
    </ul>
  </div>`;
}

function noModel(administrator: boolean): TemplateResult {
  return html`<div class="welcome"><div class="empty empty--plain">${icon("server")}
    <h1>${t("There is no model to talk to yet")}</h1>
    ${administrator
      ? html`<p>${t("Connect a model server, such as Ollama, vLLM, llama.cpp or any OpenAI-compatible one. Its models appear here at once.")}</p>
        <a class="button button--primary" href="/admin/connections/">${t("Connect a model server")}</a>`
      : html`<p>${t("No model has been opened for you. Ask your administrator to connect a model server or to give you access to a model.")}</p>`}
  </div></div>`;
}
