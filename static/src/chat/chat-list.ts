// The conversations of the sidebar: pages of them, search, rename, delete with a way back.
import { t } from "../i18n.ts";
import { getJson, patchJson, postForFile, postJson, remove, sendAway } from "./api.ts";
import { Observable } from "./observable.ts";
import { type ShelfData, Shelves } from "./shelves.ts";
import type { Unseen } from "./unseen.ts";
import type { ChatSummary, Folder, SearchResult } from "./wire.ts";

const WAY_BACK = 6000; // ms during which a deletion can be undone
const LOOK_AGAIN = 15_000; // ms, while something runs that this page does not hear

/** Chats that are deleted together, as long as they can be had back. */
export interface Doomed {
  chats: ChatSummary[];
  timer: number;
}

interface ChatListData extends ShelfData {
  pinned?: ChatSummary[];
  folders?: Folder[];
  tags?: string[];
}

export class ChatList extends Observable {
  #named = new Set<string>();
  #gone = new Set<string>();
  /** Counts requests, so that an answer knows what happened here since it was asked for. */
  #asked = 0;
  #taken = 0;
  #touchedSince = new Map<string, number>();
  #changedSince = new Map<string, number>();
  readonly shelves = new Shelves(() => this.changed());
  chats: ChatSummary[] = [];
  next: string | null = null;
  loaded = false;
  problem = "";
  query = "";
  results: SearchResult[] | null = null;
  /** Whether all chats were looked through. */
  whole = true;
  doomed: Doomed[] = [];
  /** Chats that were answered while nobody looked at them. */
  unseen: ReadonlySet<string> = new Set();
  #look = 0;
  /** The chat that somebody looks at now. */
  #looked: () => string | null;

  #kept: Unseen | null;
  /** What was being answered when this page was last left. */
  #ranBefore: ReadonlySet<string>;

  constructor(looked: () => string | null = () => null, kept: Unseen | null = null) {
    super();
    this.#looked = looked;
    this.#kept = kept;
    const { unseen, running } = kept?.read() ?? { unseen: [], running: [] };
    this.unseen = new Set(unseen);
    this.#ranBefore = new Set(running);
  }

  /** Another tab has looked at a chat, or heard one end. */
  recall(): void {
    if (!this.#kept) return;
    this.unseen = new Set(this.#kept.read().unseen.filter((id) => id !== this.#looked()));
    this.changed();
  }

  get visible(): ChatSummary[] {
    return this.shown(this.chats);
  }

  /** Without those that were just deleted. */
  shown(chats: ChatSummary[]): ChatSummary[] {
    return chats.filter(({ id }) => !this.doomed.some((item) => item.chats.some((chat) => chat.id === id)));
  }

  async load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const page = await getJson<ChatListData>("/api/chats");
      if (asked < this.#taken) return;
      this.#taken = asked;
      this.#merge(page, asked);
      this.shelves.take(page);
      this.problem = "";
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.loaded = true;
    this.#lookAgain();
    this.changed();
  }

  async loadMore(): Promise<void> {
    const cursor = this.next;
    if (!cursor) return;
    this.next = null;
    try {
      const page = await getJson<ChatListData>(`/api/chats?cursor=${encodeURIComponent(cursor)}`);
      this.chats = [...this.chats, ...page.chats.filter((chat) => !this.get(chat.id) && !this.#gone.has(chat.id))];
      this.next = page.next;
    } catch (error) {
      this.problem = (error as Error).message;
      this.next ??= cursor;
    }
    this.changed();
  }

  async search(query: string): Promise<void> {
    this.query = query;
    if (!query.trim()) {
      this.results = null;
      this.changed();
      return;
    }
    try {
      const found = await getJson<{ results: SearchResult[]; whole: boolean }>(`/api/chats/search?q=${encodeURIComponent(query)}`);
      if (query !== this.query) return;
      this.results = found.results;
      this.whole = found.whole;
      this.problem = "";
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.changed();
  }

  /** A conversation was written to: it goes to the top. */
  touch(id: string, title: string, running: boolean, folder?: string): void {
    const known = this.get(id);
    const chat = { ...known, ...(folder ? { folder } : {}), id, title: title || known?.title || t("New chat"), updated_at: new Date().toISOString(), running };
    if (!this.shelves.put(chat)) this.chats = [chat, ...this.chats.filter((other) => other.id !== id)];
    this.#touchedSince.set(id, this.#asked);
    this.changed();
  }

  ended(id: string): void {
    if (this.get(id)?.running) this.#mark(id);
    this.#change(id, { running: false });
  }

  saw(id: string | null): void {
    if (id === null || !this.unseen.has(id)) return;
    this.unseen = new Set([...this.unseen].filter((other) => other !== id));
    this.changed();
  }

  /** A title that the server wrote; false when a person named the chat here, perhaps at the same moment. */
  titled(id: string, title: string): boolean {
    if (this.#named.has(id)) return false;
    this.#change(id, { title });
    return true;
  }

  async rename(id: string, title: string): Promise<void> {
    this.#named.add(id);
    this.#change(id, { title });
    try {
      await patchJson(`/api/chats/${id}`, { title });
    } catch (error) {
      this.problem = (error as Error).message;
      this.changed();
    }
  }

  /** Hidden at once, gone for good a few seconds later. */
  removeLater(...ids: string[]): void {
    const chats = ids.map((id) => this.get(id)).filter((chat) => chat !== undefined);
    if (!chats.length) return;
    const doomed: Doomed = { chats, timer: window.setTimeout(() => void this.#removeNow(doomed), WAY_BACK) };
    this.doomed = [...this.doomed, doomed];
    this.changed();
  }

  undo(doomed: Doomed): void {
    clearTimeout(doomed.timer);
    this.doomed = this.doomed.filter((item) => item !== doomed);
    this.changed();
  }

  /** The page goes away: nobody can undo any more. */
  flush(): void {
    for (const { chats } of this.doomed) {
      if (chats.length === 1) void remove(`/api/chats/${chats[0]?.id}`, true);
      else sendAway("/api/chats/several", { chats: chats.map(({ id }) => id), act: "delete" });
    }
    this.doomed = [];
  }

  /** Whether a model may still write its title. Raises ApiError. */
  async lock(id: string, locked: boolean): Promise<void> {
    await patchJson(`/api/chats/${id}`, { locked });
    this.#change(id, { locked });
  }

  /** Chats as one file. Raises ApiError. */
  async download(ids: string[]): Promise<void> {
    const file = URL.createObjectURL(await postForFile("/api/chats/exported", { chats: ids }));
    const link = Object.assign(document.createElement("a"), { href: file, download: "chats.zip" });
    link.click();
    URL.revokeObjectURL(file);
  }

  /** Does something with chats on the server, then shows them where they are now. Raises ApiError. */
  async keep(ids: string[], act: string, more: Record<string, unknown> = {}): Promise<void> {
    await postJson("/api/chats/several", { chats: ids, act, ...more });
    if (act === "archive" || act === "move" || act === "pin") this.chats = this.chats.filter(({ id }) => !ids.includes(id));
    await Promise.all([this.load(), this.shelves.reload()]);
  }

  async #removeNow(doomed: Doomed): Promise<void> {
    const ids = doomed.chats.map(({ id }) => id);
    try {
      if (ids.length === 1) await remove(`/api/chats/${ids[0]}`);
      else await postJson("/api/chats/several", { chats: ids, act: "delete" });
      for (const id of ids) this.#gone.add(id);
      this.chats = this.chats.filter(({ id }) => !ids.includes(id));
      this.shelves.drop(ids);
    } catch (error) {
      this.problem = (error as Error).message;
    }
    this.doomed = this.doomed.filter((item) => item !== doomed);
    this.changed();
  }

  /** The first page anew. What happened here since it was asked for is newer than it; the pages below it stay. */
  #merge(page: ChatListData, asked: number): void {
    const since = (moments: Map<string, number>, id: string): boolean => (moments.get(id) ?? 0) >= asked;
    const top = this.chats.filter((chat) => since(this.#touchedSince, chat.id));
    const inPage = page.chats
      .filter((chat) => !this.#gone.has(chat.id) && !since(this.#touchedSince, chat.id))
      .map((chat) => (since(this.#changedSince, chat.id) ? (this.get(chat.id) ?? chat) : chat));
    const shown = new Set([...top, ...inPage].map((chat) => chat.id));
    const end = Date.parse(page.chats.at(-1)?.updated_at ?? "");
    const below = page.next ? this.chats.filter((chat) => !shown.has(chat.id) && Date.parse(chat.updated_at) < end) : [];
    for (const chat of inPage) if (!chat.running && (this.get(chat.id)?.running || this.#ranBefore.has(chat.id))) this.#mark(chat.id);
    this.#ranBefore = new Set();
    this.chats = [...top, ...inPage, ...below];
    if (!below.length) this.next = page.next;
    // A chat that is gone leaves no mark.
    this.unseen = new Set([...this.unseen].filter((id) => this.get(id)));
  }

  #mark(id: string): void {
    if (id !== this.#looked()) this.unseen = new Set([...this.unseen, id]);
  }

  protected override changed(): void {
    // Before the first answer of the server the page does not know what runs.
    if (this.loaded) this.#kept?.keep({ unseen: [...this.unseen], running: this.chats.filter((chat) => chat.running).map(({ id }) => id) });
    super.changed();
  }

  #lookAgain(): void {
    clearTimeout(this.#look);
    if (this.chats.some((chat) => chat.running)) this.#look = window.setTimeout(() => void this.load(), LOOK_AGAIN);
  }

  get(id: string): ChatSummary | undefined {
    return this.chats.find((chat) => chat.id === id) ?? this.shelves.get(id);
  }

  #change(id: string, change: Partial<ChatSummary>): void {
    this.#changedSince.set(id, this.#asked);
    this.chats = this.chats.map((chat) => (chat.id === id ? { ...chat, ...change } : chat));
    this.shelves.change(id, change);
    this.changed();
  }
}
