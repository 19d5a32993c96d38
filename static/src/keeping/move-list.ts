import { html } from "lit";
import { t } from "../i18n.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { icon } from "../chat/elements/icon.ts";
import { item } from "./menus.ts";

/** Into which folder chats go. */
export function moveList(page: ChatPage, chats: string[]): unknown {
  const { list, keeping } = page;
  const move = (folder: string | null) => (): Promise<void> => page.attempt(async () => {
    keeping.select(null);
    await list.keep(chats, "move", { folder });
  });
  return html`<h2 class="keep__title">${t("Move to a folder")}</h2>
    <div role="menu" aria-label=${t("Move to a folder")} class="keep__list">
      ${list.shelves.folders.map((folder) => item(page, "folder", folder.name, move(folder.id)))}
      ${item(page, "close", t("No folder"), move(null))}
      <hr>
      <button type="button" class="menu__item" role="menuitem" @click=${() => keeping.ask({ kind: "folder", folder: null, chats })}>${icon("plus")}<span>${t("New folder")}</span></button>
    </div>`;
}
