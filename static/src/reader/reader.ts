// What is open in the reader: one citation, its document, the page that is looked at, and what cannot be shown of it.
import { ApiError, getJson } from "../chat/api.ts";
import type { Message } from "../chat/message.ts";
import { Observable } from "../chat/observable.ts";
import { t } from "../i18n.ts";
import { PdfFile, Unshowable } from "./pdf-file.ts";
import type { Reading } from "./wire.ts";

export class Reader extends Observable {
  readonly message: Message;
  readonly n: number;
  reading: Reading | null = null;
  /** The pages of the file itself, in place of what was read of them. */
  file: PdfFile | null = null;
  asText = false;
  /** Whether the words were found on the drawn page; null until that is known. */
  found: boolean | null = null;
  /** The page of the drawn file that is looked at. */
  page = 1;
  loading = true;
  problem = "";
  /** Why text stands in the place of pages. */
  unshowable = "";
  #path: string;
  #closed = false;

  constructor(chat: string, message: Message, n: number) {
    super();
    this.message = message;
    this.n = n;
    this.#path = `/api/chats/${chat}/messages/${message.id}/sources/${n}`;
  }

  async load(page: number | null = null): Promise<void> {
    this.loading = true;
    this.problem = "";
    this.changed();
    try {
      this.reading = await getJson<Reading>(page === null ? this.#path : `${this.#path}?page=${page}`);
      if (page === null && this.reading.document?.pdf) await this.#openFile(this.reading);
    } catch (error) {
      this.problem = error instanceof ApiError ? error.message : t("The document could not be opened.");
    }
    this.loading = false;
    this.changed();
  }

  get isPdf(): boolean {
    return Boolean(this.file) && !this.asText;
  }

  /** The page of the drawn file that is looked at now. */
  turned(page: number): void {
    if (page === this.page) return;
    this.page = page;
    this.changed();
  }

  /** The pages were drawn, the words marked on one of them or not; null when they could not be drawn. */
  drawn(found: boolean | null): void {
    this.found = found;
    if (found === null) {
      this.unshowable = t("The pages of this PDF could not be drawn.");
      this.asText = true;
    }
    this.changed();
  }

  switch(): void {
    this.asText = !this.asText;
    this.changed();
  }

  close(): void {
    this.#closed = true;
    this.file?.close();
    this.file = null;
  }

  async #openFile({ document, place }: Reading): Promise<void> {
    if (!document) return;
    try {
      const file = await PdfFile.open(document);
      if (this.#closed) file.close();
      else this.file = file;
      this.page = place?.page ?? 1;
    } catch (error) {
      this.unshowable = error instanceof Unshowable ? error.message : t("This PDF is damaged, so its pages cannot be shown.");
    }
  }
}
