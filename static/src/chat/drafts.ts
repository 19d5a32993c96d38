// What was typed and not sent, per chat: on this device at once, on the server a second later, for one's other devices.
// The newest wins; what is being typed is never written over.
import { getJson, putJson, sendLast } from "./api.ts";
import { Observable } from "./observable.ts";

const PREFIX = "draft:";
const STATE = "draft-state:";
const REST = 1000; // ms without a key until the server is told
const LARGE = 10_000; // characters that are not written to the device with every key
const LONGEST = 100_000; // characters that the server keeps

export interface DraftData {
  text: string;
  /** When it was typed, by the clock of the server; null when there is none. */
  at: string | null;
}

/** How the text here stands to that of the server. */
interface State {
  /** Which one of the server's it is, or was before it was changed here. */
  at: string | null;
  /** When it was changed here since, in ms; 0 when it was not. */
  typed: number;
}

type Put = (path: string, body: { text: string; age: number }) => Promise<DraftData>;

export class Drafts extends Observable {
  #owner: string;
  #put: Put;
  #timers = new Map<string | null, ReturnType<typeof setTimeout>>();
  #writing = new Map<string | null, ReturnType<typeof setTimeout>>();
  #large = new Map<string | null, string>();
  #onItsWay = new Set<string | null>();
  /** Texts that came from another device and are not in the box yet. */
  #news = new Set<string | null>();

  constructor(owner: string, first: { chat: string | null; draft?: DraftData } | null = null, put: Put = putJson) {
    super();
    this.#owner = owner;
    this.#put = put;
    if (first?.draft) this.#heard(first.chat, first.draft);
    this.#news.clear();
  }

  read(chat: string | null): string {
    return this.#large.get(chat) ?? localStorage.getItem(this.#key(PREFIX, chat)) ?? "";
  }

  keep(chat: string | null, text: string): void {
    if (text === this.read(chat)) return;
    this.#news.delete(chat);
    this.#write(chat, text);
    const state = this.#state(chat);
    // Nothing here and nothing there: nobody has to be told.
    this.#note(chat, { ...state, typed: text || state.at ? Date.now() : 0 });
    if (text || state.at) this.#later(chat);
    else this.#cancel(chat);
  }

  /** A text that another device has written, once. */
  takeNews(chat: string | null): string | null {
    return this.#news.delete(chat) ? this.read(chat) : null;
  }

  /** Asks what the server has: the chat was opened, or somebody came back to it. */
  async look(chat: string | null): Promise<void> {
    if (this.#state(chat).typed) return this.#push(chat);
    const before = this.read(chat);
    try {
      const draft = await getJson<DraftData>(pathOf(chat));
      if (!this.#onItsWay.has(chat) && !this.#state(chat).typed && this.read(chat) === before) this.#heard(chat, draft);
    } catch {
      // What is here is shown; it is compared the next time.
    }
  }

  /** The page goes away. */
  leave(): void {
    for (const [chat, text] of this.#large) this.#store(chat, text);
    for (const chat of this.#timers.keys()) {
      const text = this.read(chat);
      if (text.length <= LONGEST) sendLast("PUT", pathOf(chat), { text, age: Date.now() - this.#state(chat).typed });
    }
  }

  #heard(chat: string | null, { text, at }: DraftData): void {
    const { at: known, typed } = this.#state(chat);
    if (typed || at === known) return;
    this.#note(chat, { at, typed: 0 });
    if (text === this.read(chat)) return;
    this.#write(chat, text);
    this.#news.add(chat);
    this.changed();
  }

  #later(chat: string | null): void {
    this.#cancel(chat);
    this.#timers.set(chat, setTimeout(() => void this.#push(chat), REST));
  }

  #cancel(chat: string | null): void {
    clearTimeout(this.#timers.get(chat));
    this.#timers.delete(chat);
  }

  /** One at a time for each chat, so that the last text is the last one that arrives. */
  async #push(chat: string | null): Promise<void> {
    if (this.#onItsWay.has(chat)) return this.#later(chat);
    this.#cancel(chat);
    const text = this.read(chat);
    const { typed } = this.#state(chat);
    if (!typed || text.length > LONGEST) return;
    this.#onItsWay.add(chat);
    try {
      const there = await this.#put(pathOf(chat), { text, age: Math.max(0, Date.now() - typed) });
      if (this.read(chat) === text) {
        this.#note(chat, { at: this.#state(chat).at, typed: 0 });
        this.#heard(chat, there);
      } else this.#note(chat, { ...this.#state(chat), at: there.at });
    } catch {
      // It is kept here, and told with the next key or the next look.
    } finally {
      this.#onItsWay.delete(chat);
    }
  }

  /** A text of many pages would be copied with every key. */
  #write(chat: string | null, text: string): void {
    clearTimeout(this.#writing.get(chat));
    this.#large.delete(chat);
    if (text.length < LARGE) return this.#store(chat, text);
    this.#large.set(chat, text);
    this.#writing.set(chat, setTimeout(() => this.#store(chat, text), REST));
  }

  #store(chat: string | null, text: string): void {
    try {
      if (text) localStorage.setItem(this.#key(PREFIX, chat), text);
      else localStorage.removeItem(this.#key(PREFIX, chat));
      this.#large.delete(chat);
    } catch {
      // A full or forbidden storage costs the draft, not the page.
    }
  }

  #state(chat: string | null): State {
    const [typed = "", at = ""] = (localStorage.getItem(this.#key(STATE, chat)) ?? "").split(" ");
    return { at: at || null, typed: Number(typed) || 0 };
  }

  #note(chat: string | null, { at, typed }: State): void {
    try {
      if (at || typed) localStorage.setItem(this.#key(STATE, chat), `${typed} ${at ?? ""}`);
      else localStorage.removeItem(this.#key(STATE, chat));
    } catch {
      // As above.
    }
  }

  #key(kind: string, chat: string | null): string {
    return `${kind}${this.#owner}:${chat ?? "new"}`;
  }
}

function pathOf(chat: string | null): string {
  return chat ? `/api/chats/${chat}/draft` : "/api/drafts/new";
}
