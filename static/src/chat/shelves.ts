// Where chats are kept beside the list by day: pinned ones, folders, tags, the archive. One of these can stand open.
import { getJson } from "./api.ts";
import type { ChatSummary, Folder } from "./wire.ts";

export type Place = { kind: "folder"; id: string } | { kind: "tag"; name: string } | { kind: "archive" };

export interface ShelfData {
  chats: ChatSummary[];
  next: string | null;
}

export interface Shelf {
  place: Place;
  chats: ChatSummary[];
  next: string | null;
  loaded: boolean;
  problem: string;
}

export class Shelves {
  pinned: ChatSummary[] = [];
  folders: Folder[] = [];
  tags: string[] = [];
  open: Shelf | null = null;
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What the first page of all chats tells besides. */
  take(page: { pinned?: ChatSummary[]; folders?: Folder[]; tags?: string[] }): void {
    this.pinned = page.pinned ?? [];
    this.folders = page.folders ?? [];
    this.tags = page.tags ?? [];
    const { open } = this;
    if (open?.place.kind === "folder" && !this.folder(open.place.id)) this.open = null;
  }

  folder(id: string | null | undefined): Folder | undefined {
    return this.folders.find((folder) => folder.id === id);
  }

  /** The folder that stands open, where a new chat is to lie. */
  get openFolder(): Folder | null {
    return this.open?.place.kind === "folder" ? (this.folder(this.open.place.id) ?? null) : null;
  }

  async show(place: Place | null): Promise<void> {
    this.open = place ? { place, chats: [], next: null, loaded: false, problem: "" } : null;
    this.#changed();
    await this.reload();
  }

  reload(): Promise<void> {
    return this.#fetch("");
  }

  loadMore(): Promise<void> {
    return this.open?.next ? this.#fetch(this.open.next) : Promise.resolve();
  }

  get(id: string): ChatSummary | undefined {
    return [...this.pinned, ...(this.open?.chats ?? [])].find((chat) => chat.id === id);
  }

  change(id: string, change: Partial<ChatSummary>): void {
    const changed = (chat: ChatSummary): ChatSummary => (chat.id === id ? { ...chat, ...change } : chat);
    this.pinned = this.pinned.map(changed);
    if (this.open) this.open = { ...this.open, chats: this.open.chats.map(changed) };
  }

  /** A chat was written to; false when it belongs into the list by day. */
  put(chat: ChatSummary): boolean {
    const there = this.get(chat.id);
    this.change(chat.id, chat);
    const { openFolder } = this;
    if (!there && openFolder && chat.folder === openFolder.id && this.open) {
      this.open = { ...this.open, chats: [chat, ...this.open.chats] };
      return true;
    }
    return Boolean(there?.pinned || there?.folder || there?.archived);
  }

  drop(ids: string[]): void {
    const left = (chat: ChatSummary): boolean => !ids.includes(chat.id);
    this.pinned = this.pinned.filter(left);
    if (this.open) this.open = { ...this.open, chats: this.open.chats.filter(left) };
  }

  async #fetch(cursor: string): Promise<void> {
    const { open } = this;
    if (!open) return;
    const { place } = open;
    const query = new URLSearchParams(place.kind === "folder" ? { folder: place.id } : place.kind === "tag" ? { tag: place.name } : { archived: "true" });
    if (cursor) query.set("cursor", cursor);
    let change: Partial<Shelf>;
    try {
      const page = await getJson<ShelfData>(`/api/chats?${query}`);
      change = { chats: cursor ? [...open.chats, ...page.chats] : page.chats, next: page.next, problem: "" };
    } catch (error) {
      change = { problem: (error as Error).message };
    }
    if (this.open?.place !== place) return;
    this.open = { ...this.open, ...change, loaded: true };
    this.#changed();
  }
}
