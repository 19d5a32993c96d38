import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { icon } from "../chat/elements/icon.ts";
import { Temporary } from "../chat/temporary.ts";
import type { ChatSummary } from "../chat/wire.ts";

type IconName = Parameters<typeof icon>[0];

/** A line of a menu; the menu is gone before it does what it says. */
export function item(page: ChatPage, name: IconName, words: string, act: () => unknown): unknown {
  const done = (): void => {
    page.keeping.done();
    void act();
  };
  return html`<button type="button" class="menu__item" role="menuitem" @click=${done}>${icon(name)}<span>${words}</span></button>`;
}

/** What can be done with one chat. */
export function chatMenu(page: ChatPage, chat: ChatSummary, host: HTMLElement): unknown {
  const { list, keeping } = page;
  const keep = (act: string) => (): Promise<void> => page.attempt(() => list.keep([chat.id], act));
  const gone = (): void => {
    list.removeLater(chat.id);
    if (chat.id === page.conversation.id) host.dispatchEvent(new CustomEvent("gone", { bubbles: true }));
  };
  return html`<div role="menu" aria-label=${chat.title || t("Untitled chat")}>
    ${chat.archived ? nothing : item(page, "pin", chat.pinned ? t("Unpin") : t("Pin"), keep(chat.pinned ? "unpin" : "pin"))}
    ${item(page, "edit", t("Rename"), () => keeping.rename(chat.id))}
    ${item(page, "lock", chat.locked ? t("Let the model name it again") : t("Lock the title"), () => page.attempt(() => list.lock(chat.id, !chat.locked)))}
    ${item(page, "folder", t("Move to a folder"), () => keeping.ask({ kind: "move", chats: [chat.id] }))}
    ${item(page, "tag", t("Tags"), () => keeping.ask({ kind: "tag", chats: [chat.id], tags: chat.tags ?? [] }))}
    <hr>
    ${item(page, "link", t("Share"), () => keeping.ask({ kind: "share", chat: chat.id }))}
    ${item(page, "out", t("Export as Markdown"), () => location.assign(`/api/chats/${chat.id}/export?format=markdown`))}
    ${item(page, "out", t("Export as JSON"), () => location.assign(`/api/chats/${chat.id}/export?format=json`))}
    ${item(page, "out", t("Export as HTML"), () => location.assign(`/api/chats/${chat.id}/export?format=html`))}
    ${item(page, "again", t("Reproduce"), () => location.assign(`/c/${chat.id}/reproduce/`))}
    ${item(page, "file", t("Print or save as PDF"), () => window.open(`/c/${chat.id}/print/`, "_blank", "noopener"))}
    ${item(page, "check", t("Select several"), () => keeping.select([chat.id]))}
    <hr>
    ${item(page, "box", chat.archived ? t("Out of the archive") : t("Archive"), keep(chat.archived ? "restore" : "archive"))}
    ${item(page, "trash", t("Delete"), gone)}
  </div>`;
}

/** What can be done with the list. */
export function toolsMenu(page: ChatPage): unknown {
  const { keeping } = page;
  const { shelves } = page.list;
  return html`<div role="menu" aria-label=${t("Folders, archive and more")}>
    ${item(page, "search", t("Find anything (Ctrl+K)"), () => keeping.ask({ kind: "palette" }))}
    ${item(page, "folder", t("New folder"), () => keeping.ask({ kind: "folder", folder: null, chats: [] }))}
    ${item(page, "eye", t("Temporary chat"), () => keeping.beginTemporary(new Temporary((frame) => page.socket.send(frame))))}
    ${item(page, "check", t("Select chats"), () => keeping.select([]))}
    ${item(page, "box", t("Archive"), () => shelves.show({ kind: "archive" }))}
    ${item(page, "latest", t("Import chats"), () => location.assign("/import/"))}
    ${item(page, "out", t("Export all chats"), () => location.assign("/api/chats/exported?format=json"))}
    ${item(page, "link", t("My links"), () => keeping.ask({ kind: "share", chat: null }))}
    ${shelves.tags.length ? html`<hr><div class="keep__tags" role="group" aria-label=${t("Tags")}>${shelves.tags.map((name) => html`
      <button type="button" class="tag" role="menuitem" @click=${() => { page.keeping.done(); void shelves.show({ kind: "tag", name }); }}><bdi>#${name}</bdi></button>`)}</div>` : nothing}
  </div>`;
}
