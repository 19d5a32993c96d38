import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../i18n.ts";
import type { ChatPage } from "../chat-page.ts";
import type { ModelChoice } from "../wire.ts";
import { icon } from "./icon.ts";

/** The empty page: a greeting, or what is still missing and who can change it. */
export function welcome(page: ChatPage): TemplateResult {
  const { user, libraries } = page.boot;
  if (!page.models.all.length) return noModel(user.administrator);
  const { model } = page.choices;
  if (model?.kind === "assistant") return assistant(model);
  return html`<div class="welcome">
    <h1 class="welcome__greeting">${user.name ? t("Good to see you, {name}.", { name: user.name }) : t("Good to see you.")}</h1>
    <p class="welcome__line">${page.conversation.folder ? t("This chat will lie in “{name}”.", { name: page.conversation.folder.name }) : t("What would you like to know?")}</p>
    <ul class="welcome__hints">
      <li><a href="/knowledge/">${icon("book")}<span>${libraries.length ? html`${t("Type # to answer from your libraries")}` : t("Put documents into a library and ask about them")}</span></a></li>
      ${page.boot.web_search ? html`<li><span class="hint">${icon("globe")}<span>${t("Switch on Web to answer from current pages")}</span></span></li>` : nothing}
      <li><span class="hint">${icon("quote")}<span>${t("Answers from sources carry numbers: each opens its passage")}</span></span></li>
    </ul>
  </div>`;
}

/** An assistant introduces itself; what it suggests goes into the box, to be changed or sent. */
function assistant(model: ModelChoice): TemplateResult {
  const take = (text: string) => (event: Event): void =>
    void (event.currentTarget as HTMLElement).dispatchEvent(new CustomEvent("suggest", { bubbles: true, detail: text }));
  return html`<div class="welcome">
    ${model.image ? html`<img class="welcome__face" src=${model.image} alt="" width="72" height="72">` : html`<span class="welcome__face" aria-hidden="true">${[...model.name][0] ?? ""}</span>`}
    <h1 class="welcome__greeting"><bdi>${model.name}</bdi></h1>
    <p class="welcome__line" dir="auto">${model.description || t("What would you like to know?")}</p>
    ${model.suggestions.length ? html`<ul class="welcome__suggestions" aria-label=${t("Suggestions")}>${model.suggestions.map((text) => html`
      <li><button type="button" class="suggestion" dir="auto" @click=${take(text)}>${text}</button></li>`)}</ul>` : nothing}
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
