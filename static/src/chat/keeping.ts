// What is being done with chats: the dialog that stands open for it, and the chats that are selected.
import { Observable } from "./observable.ts";
import type { Temporary } from "./temporary.ts";
import type { ChatSummary, Folder } from "./wire.ts";

export type Dialog =
  | { kind: "chat"; chat: ChatSummary }
  | { kind: "tools" }
  | { kind: "palette" }
  /** Of one chat, or the list of all links. */
  | { kind: "share"; chat: string | null }
  | { kind: "move"; chats: string[] }
  | { kind: "tag"; chats: string[]; tags: string[] }
  /** `chats` are moved into the folder once it is made. */
  | { kind: "folder"; folder: Folder | null; chats: string[] };

export class Keeping extends Observable {
  dialog: Dialog | null = null;
  /** Beside which a menu opens. */
  beside: DOMRect | null = null;
  /** Null while nothing is being selected. */
  selected: ReadonlySet<string> | null = null;
  /** The chat whose title is being written. */
  renaming: string | null = null;

  /** Words are being looked for in the open chat. */
  finding = false;

  find(on: boolean): void {
    this.finding = on;
    this.changed();
  }

  /** It stands in the place of the open chat. */
  temporary: Temporary | null = null;

  beginTemporary(chat: Temporary): void {
    this.temporary = chat;
    this.changed();
  }

  endTemporary(): void {
    if (!this.temporary) return;
    this.temporary.stop();
    this.temporary = null;
    this.changed();
  }

  ask(dialog: Dialog, from: Element | null = null): void {
    this.dialog = dialog;
    this.beside = from?.getBoundingClientRect() ?? null;
    this.changed();
  }

  done(): void {
    this.dialog = null;
    this.changed();
  }

  rename(chat: string | null): void {
    this.renaming = chat;
    this.changed();
  }

  select(ids: Iterable<string> | null): void {
    this.selected = ids && new Set(ids);
    this.changed();
  }

  toggle(id: string): void {
    const selected = new Set(this.selected);
    if (!selected.delete(id)) selected.add(id);
    this.select(selected);
  }
}
