// One answer, or two to the same question next to each other, each with its sources and its tools.
import { html, nothing } from "lit";
import { t } from "../../i18n.ts";
import { usedLibraries } from "../beside.ts";
import type { ChatPage } from "../chat-page.ts";
import type { Message } from "../message.ts";
import { columns, hiddenColumn } from "../origin.ts";
import "./answer-columns.ts";
import "./chat-message.ts";
import { icon } from "./icon.ts";
import "./keep-comparison.ts";

export function answers(page: ChatPage, message: Message): unknown {
  if (columns(page.conversation.tree, message).length) return html`<answer-columns .page=${page} .message=${message}></answer-columns>`;
  const other = page.aside.beside.other(page.conversation.tree, message);
  if (!other) return html`<chat-message .page=${page} .message=${message}></chat-message>`;
  const both = [message, other].sort((one, two) => one.id - two.id);
  return html`<div class="beside" role="group" aria-label=${t("Two answers side by side")}>
    <div class="beside__bar"><keep-comparison .page=${page} .answers=${both}></keep-comparison><button type="button" class="button button--small button--quiet" @click=${() => page.aside.beside.end(message)}>${icon("close")}${t("Show one answer")}</button></div>
    ${both.map((one) => html`<section class="beside__one" aria-label=${label(one)}><p class="beside__label">${label(one)}</p><chat-message .page=${page} .message=${one}></chat-message></section>`)}
  </div>`;
}

function label(message: Message): string {
  if (message.running && !message.sources.length) return t("Being answered");
  return usedLibraries(message) ? t("With passages of libraries") : t("Without passages of libraries");
}

/** The tools that put a second answer beside this one. */
export function besideTools(page: ChatPage, message: Message, tool: (name: "book" | "panel" | "columns", label: string, act: () => void) => unknown): unknown {
  if (page.aside.beside.isOn(message)) return nothing;
  const { libraries } = page.choices;
  const column = hiddenColumn(page.conversation.tree, message);
  const used = usedLibraries(message);
  return html`
    ${column ? tool("columns", t("Show all answers side by side"), () => void page.versions.keepNone(column)) : nothing}
    ${used ? tool("book", t("Ask without the libraries, side by side"), () => page.aside.beside.ask(page, message, [])) : nothing}
    ${!used && libraries.length ? tool("book", t("Ask with the libraries, side by side"), () => page.aside.beside.ask(page, message, libraries)) : nothing}
    ${page.conversation.tree.siblings(message).length > 1 ? tool("panel", t("Two versions side by side"), () => void page.aside.beside.compare(page, message)) : nothing}`;
}
