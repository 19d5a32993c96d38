// What opens from the list of chats: menus, and small forms in the same place.
import { html, nothing } from "lit";
import { t } from "../i18n.ts";
import "../chat/shared.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { LightElement } from "../chat/elements/light-element.ts";
import type { Dialog } from "../chat/keeping.ts";
import { chatMenu, toolsMenu } from "./menus.ts";
import "./command-palette.ts";
import { folderForm } from "./folder-form.ts";
import { moveList } from "./move-list.ts";
import "./share-form.ts";
import { tagForm } from "./tag-form.ts";
import "../temporary/temporary-chat.ts";

const EDGE = 8; // px between a menu and the edge of the window

/** One modal dialog; menus stand beside the button that opened them. */
export class KeepDialog extends LightElement {
  static override properties = { page: { attribute: false } };
  declare page: ChatPage;
  #shown: Dialog | null = null;
  #origin: HTMLElement | null = null;

  /** Also after a command was taken, unless that has put the focus elsewhere. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (document.activeElement === document.body && this.#origin?.isConnected) this.#origin.focus();
  }

  protected override willUpdate(): void {
    this.follow(this.page.keeping, this.page.list);
  }

  protected override render(): unknown {
    const { dialog } = this.page.keeping;
    if (!dialog) return nothing;
    const menu = isMenu(dialog);
    return html`<dialog class="keep ${menu ? "keep--menu" : dialog.kind === "palette" ? "keep--palette" : ""}" aria-label=${this.#label(dialog)} @close=${this.#closed} @click=${this.#outside} @keydown=${this.#key}>
      ${this.#contents(dialog)}</dialog>`;
  }

  protected override updated(): void {
    const { dialog } = this.page.keeping;
    const box = this.querySelector("dialog");
    if (!box?.isConnected || dialog === this.#shown) return;
    this.#shown = dialog;
    if (!box.open) {
      this.#origin = document.activeElement as HTMLElement | null;
      box.showModal();
    }
    this.#place(box, dialog !== null && isMenu(dialog));
    box.querySelector<HTMLElement>("[autofocus], [role=menuitem]")?.focus();
  }

  #contents(dialog: Dialog): unknown {
    const { page } = this;
    switch (dialog.kind) {
      case "chat":
        return chatMenu(page, dialog.chat, this);
      case "tools":
        return toolsMenu(page);
      case "share":
        return html`<share-form .page=${page} .chat=${dialog.chat}></share-form>`;
      case "palette":
        return html`<command-palette .page=${page}></command-palette>`;
      case "move":
        return moveList(page, dialog.chats);
      case "tag":
        return tagForm(page, dialog.chats, dialog.tags);
      case "folder":
        return folderForm(page, dialog.folder, dialog.chats);
    }
  }

  #label(dialog: Dialog): string {
    switch (dialog.kind) {
      case "chat":
        return dialog.chat.title || t("Untitled chat");
      case "tools":
        return t("Folders, archive and more");
      case "share":
        return t("Share");
      case "palette":
        return t("Search chats, commands, models and libraries");
      case "move":
        return t("Move to a folder");
      case "tag":
        return t("Tags");
      case "folder":
        return dialog.folder ? t("Change the folder") : t("New folder");
    }
  }

  /** Beside its button, wholly inside the window. */
  #place(box: HTMLDialogElement, menu: boolean): void {
    const { beside } = this.page.keeping;
    box.style.margin = box.style.left = box.style.top = "";
    if (!menu || !beside) return;
    const { width, height } = box.getBoundingClientRect();
    box.style.margin = "0";
    box.style.left = `${Math.max(EDGE, Math.min(beside.left, innerWidth - width - EDGE))}px`;
    box.style.top = `${Math.max(EDGE, Math.min(beside.bottom + 4, innerHeight - height - EDGE))}px`;
  }

  #closed = (): void => {
    this.#shown = null;
    this.page.keeping.done();
    if (this.#origin?.isConnected) this.#origin.focus();
  };

  #outside = (event: MouseEvent): void => {
    if (event.target === event.currentTarget) (event.currentTarget as HTMLDialogElement).close();
  };

  #key = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...this.querySelectorAll<HTMLElement>("[role=menuitem]")];
    if (!step || !items.length) return;
    event.preventDefault();
    items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
  };
}

function isMenu(dialog: Dialog): boolean {
  return dialog.kind === "chat" || dialog.kind === "tools";
}

customElements.define("keep-dialog", KeepDialog);
