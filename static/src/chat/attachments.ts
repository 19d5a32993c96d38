// The files of the question that is being written: on their way, being read, ready or refused. Knows no element.
import { t } from "../i18n.ts";
import { ApiError, getJson, remove } from "./api.ts";
import { type Sending, sendFile } from "./attachment-upload.ts";
import { Observable } from "./observable.ts";
import type { AttachmentData } from "./wire.ts";

export const MOST_FILES = 10;
const LOOK = 700; // ms between two looks at a document that is being read
const PREFIX = "draft-files:";

export interface Attached {
  readonly key: number;
  readonly name: string;
  readonly size: number;
  /** What the server has; null while it is on its way, or when it was refused. */
  data: AttachmentData | null;
  /** 0…1 of its bytes are there. */
  progress: number;
  error: string;
  /** It can be sent once more. */
  again: boolean;
  /** It belongs to a message already: taking it off here deletes nothing. */
  readonly sent: boolean;
  readonly file: File | null;
  /** The picture itself, until the server has drawn it. */
  preview: string;
}

type Send = (file: File, to: Sending) => () => void;

const known = new Map<string, AttachmentData>();
let keys = 0;

/** What this page has heard of files with these ids, in their order. */
export function knownFiles(ids: readonly string[] | null | undefined): AttachmentData[] {
  return (ids ?? []).flatMap((id) => known.get(id) ?? []);
}

export class Attachments extends Observable {
  files: readonly Attached[] = [];
  /** A sentence about files that were not taken. */
  problem = "";
  #owner: string;
  #send: Send;
  #chat: string | null = null;
  #aside: readonly Attached[] | null = null;
  #calls = new Map<number, () => void>();
  #timer = 0;

  constructor(owner: string, send: Send = sendFile) {
    super();
    this.#owner = owner;
    this.#send = send;
  }

  get ids(): string[] {
    return this.files.flatMap(({ data }) => (data && data.state !== "failed" ? [data.id] : []));
  }

  get pictures(): boolean {
    return this.files.some(({ data }) => data?.kind === "image");
  }

  /** Why a question cannot go with these files yet; empty when it can. */
  get reason(): string {
    for (const { name, data, error } of this.files) {
      if (error || data?.state === "failed") return t("“{name}” cannot be sent. Remove it, or try again.", { name });
      if (!data) return t("“{name}” is still on its way.", { name });
      if (data.state === "reading") return t("“{name}” is still being read.", { name });
    }
    return "";
  }

  add(files: readonly File[]): void {
    this.problem = "";
    const room = MOST_FILES - this.files.length;
    if (files.length > room) this.problem = t("At most {n} files go with one question; the others were not taken.", { n: MOST_FILES });
    for (const file of files.slice(0, Math.max(0, room))) this.#begin(file);
    this.#kept();
  }

  /** Something that cannot be attached, said in a sentence. */
  refuse(sentence: string): void {
    this.problem = sentence;
    this.changed();
  }

  drop(file: Attached): void {
    this.#forget(file);
    if (file.data && !file.sent) void remove(`/api/attachments/${file.data.id}`).catch(() => undefined); // swept in a day
    this.problem = "";
    this.#kept();
  }

  retry(file: Attached): void {
    if (!file.file) return;
    this.#forget(file);
    this.#begin(file.file);
    this.#kept();
  }

  /** They belong to the question that is sent now. What was begun before an edit is there again. */
  take(): string[] {
    const { ids } = this;
    this.#leave(this.#aside ?? []);
    return ids;
  }

  /** A question that had these files is written anew. */
  edit(files: readonly AttachmentData[]): void {
    this.#aside ??= this.files;
    this.files = files.map((data) => attached(data, true));
    this.changed();
  }

  cancelEdit(): void {
    if (this.#aside) this.#leave(this.#aside);
  }

  /** Files of a question that came back. */
  async restore(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.files.some(({ data }) => data?.id === id));
    const found = await Promise.all(missing.map(fetched));
    const there = found.filter((data) => data !== null);
    if (there.length < missing.length) this.problem = t("A file of this question is gone. Attach it again.");
    this.files = [...there.map((data) => attached(data, false)), ...this.files].slice(0, MOST_FILES);
    this.#kept();
    this.#look();
  }

  /** Another chat has other files. `same`: it is the one that was here, stored by now. */
  moveTo(chat: string | null, same: boolean): void {
    if (same) {
      this.#store(this.#chat, []);
      this.#chat = chat;
      this.#kept();
      return;
    }
    for (const file of this.files) this.#calls.get(file.key)?.();
    this.#calls.clear();
    this.#chat = chat;
    this.#aside = null;
    this.problem = "";
    this.files = this.#stored(chat).map((data) => attached(data, false));
    this.changed();
    void this.#check(chat);
  }

  #begin(file: File): void {
    keys += 1;
    const preview = file.type.startsWith("image/") && file.type !== "image/svg+xml" ? URL.createObjectURL(file) : "";
    const one: Attached = { key: keys, name: file.name, size: file.size, data: null, progress: 0, error: "", again: false, sent: false, file, preview };
    this.files = [...this.files, one];
    const stop = this.#send(file, {
      progress: (share) => this.#change(one, { progress: share }),
      done: (data) => {
        this.#calls.delete(one.key);
        known.set(data.id, data);
        this.#change(one, { data, progress: 1, error: failureOf(data) });
        this.#kept();
        this.#look();
      },
      failed: (error, again) => {
        this.#calls.delete(one.key);
        this.#change(one, { error, again });
      },
    });
    this.#calls.set(one.key, stop);
  }

  /** Its row in place of the old one, wherever it is now. */
  #change(one: Attached, change: Partial<Attached>): void {
    const put = (file: Attached): Attached => (file.key === one.key ? { ...file, ...change } : file);
    this.files = this.files.map(put);
    this.#aside = this.#aside?.map(put) ?? null;
    this.changed();
  }

  #forget(file: Attached): void {
    this.#calls.get(file.key)?.();
    this.#calls.delete(file.key);
    if (file.preview) URL.revokeObjectURL(file.preview);
    this.files = this.files.filter(({ key }) => key !== file.key);
  }

  #leave(files: readonly Attached[]): void {
    this.files = files;
    this.#aside = null;
    this.problem = "";
    this.#kept();
    this.#look();
  }

  /** Asks for what is being read until all of it is. */
  #look(): void {
    if (this.#timer || !this.files.some(({ data }) => data?.state === "reading")) return;
    this.#timer = globalThis.setTimeout(async () => {
      this.#timer = 0;
      for (const file of this.files) {
        if (file.data?.state !== "reading") continue;
        const data = await fetched(file.data.id);
        if (data) this.#change(file, { data, error: failureOf(data) });
      }
      this.#look();
    }, LOOK) as unknown as number;
  }

  /** Whether what was kept here for this chat is still there. */
  async #check(chat: string | null): Promise<void> {
    for (const file of this.files) {
      const data = file.data && (await fetched(file.data.id));
      if (this.#chat !== chat) return;
      if (data) this.#change(file, { data, error: failureOf(data) });
      else this.#forget(file);
    }
    this.#kept();
    this.#look();
  }

  #kept(): void {
    if (!this.#aside) this.#store(this.#chat, this.files.flatMap(({ data, sent }) => (data && !sent ? [data] : [])));
    this.changed();
  }

  #stored(chat: string | null): AttachmentData[] {
    try {
      return JSON.parse(localStorage.getItem(this.#place(chat)) ?? "[]") as AttachmentData[];
    } catch {
      return [];
    }
  }

  #store(chat: string | null, files: readonly AttachmentData[]): void {
    try {
      if (files.length) localStorage.setItem(this.#place(chat), JSON.stringify(files));
      else localStorage.removeItem(this.#place(chat));
    } catch {
      // A full or forbidden storage costs a reload its files, not the page.
    }
  }

  #place(chat: string | null): string {
    return `${PREFIX}${this.#owner}:${chat ?? "new"}`;
  }
}

function attached(data: AttachmentData, sent: boolean): Attached {
  keys += 1;
  known.set(data.id, data);
  return { key: keys, name: data.name, size: data.size, data, progress: 1, error: failureOf(data), again: false, sent, file: null, preview: "" };
}

function failureOf({ state, error }: AttachmentData): string {
  return state === "failed" ? error || t("This file could not be read.") : "";
}

/** Null when it is gone; what is known of it when the server cannot be asked. */
async function fetched(id: string): Promise<AttachmentData | null> {
  try {
    const data = await getJson<AttachmentData>(`/api/attachments/${id}`);
    known.set(id, data);
    return data;
  } catch (error) {
    return error instanceof ApiError && error.status === 404 ? null : (known.get(id) ?? null);
  }
}
