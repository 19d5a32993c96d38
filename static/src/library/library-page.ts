// One library on the screen: its rows, the files that arrive, and a look at the server each second while something moves.
import { t } from "../i18n.ts";
import { DocumentRow } from "./document-row.ts";
import { type Arrival, DropZone } from "./drop-zone.ts";
import { LibraryApi } from "./library-api.ts";
import { part, say, token } from "./parts.ts";
import { Uploads } from "./uploads.ts";
import { type DocumentData, isMoving, type LibraryData } from "./wire.ts";

const LOOK_EVERY = 1000;
const LOOK_AFTER_FAILURE = 5000;

export class LibraryPage {
  readonly #data: LibraryData;
  readonly #rows = new Map<string, DocumentRow>();
  readonly #api: LibraryApi;
  readonly #uploads: Uploads;
  readonly #list: HTMLElement;
  #documents: readonly DocumentData[];
  #timer = 0;

  constructor(data: LibraryData) {
    this.#data = data;
    this.#documents = data.documents;
    this.#list = part("documents");
    this.#api = new LibraryApi(data.library);
    this.#uploads = new Uploads(this.#api.documents, token());
  }

  start(): void {
    for (const element of this.#list.querySelectorAll<HTMLElement>("[data-document]")) this.#keep(new DocumentRow(element));
    if (this.#data.writes) {
      new DropZone(part("veil"), (arrival) => this.#arrived(arrival)).start();
      this.#wireForm();
    }
    window.addEventListener("beforeunload", (event) => {
      if (this.#uploads.busy) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => this.#lookSoon());
    this.#tell();
    this.#lookSoon();
  }

  #wireForm(): void {
    for (const element of document.querySelectorAll<HTMLElement>("[data-scripted]")) element.hidden = false;
    for (const element of document.querySelectorAll<HTMLElement>("[data-unscripted]")) element.hidden = true;
    const picker = part("drop").querySelector<HTMLInputElement>("input[type=file]");
    // The button before it says it in the person's language.
    picker?.classList.add("visually-hidden");
    picker?.addEventListener("change", () => {
      this.#arrived({ files: [...(picker.files ?? [])], folders: [] });
      picker.value = "";
    });
  }

  #arrived({ files, folders }: Arrival): void {
    for (const file of files) this.#send(file, this.#newRow(file.name));
    for (const name of folders) {
      const row = this.#newRow(name);
      row.onRemove(() => this.#drop(row));
      row.refused(t("This is a folder. Open it and drop the files in it."), false);
    }
  }

  #newRow(name: string): DocumentRow {
    const row = DocumentRow.fresh(name);
    this.#list.prepend(row.element);
    part("empty").hidden = true;
    return row;
  }

  #send(file: File, row: DocumentRow): void {
    row.onRemove(() => this.#drop(row));
    if (file.size > this.#data.limit_mb * 1024 * 1024) {
      const limit = this.#data.limit_mb;
      return row.refused(t("This file is larger than the {limit} MB that are allowed here.", { limit }), false);
    }
    row.waiting();
    this.#uploads.add({
      file,
      progress: (share) => row.sending(share),
      done: (document) => this.#taken(document, row),
      failed: (sentence, again) => {
        row.refused(sentence, again);
        if (again) row.onRetry(() => this.#sendAgain(file, row));
      },
    });
  }

  #sendAgain(file: File, old: DocumentRow): void {
    const row = DocumentRow.fresh(file.name);
    old.element.replaceWith(row.element);
    this.#send(file, row);
  }

  #taken(document: DocumentData & { readonly created: boolean }, sent: DocumentRow): void {
    const known = this.#rows.get(document.id);
    const row = known ?? DocumentRow.fresh(document.name);
    if (known) sent.element.remove();
    else sent.element.replaceWith(row.element);
    row.show(document, this.#data.library);
    if (!known) this.#keep(row);
    if (!document.created) {
      say(t("This library already has this file, as “{name}”.", { name: document.name }));
      row.point();
    }
    this.#documents = [...this.#documents.filter((one) => one.id !== document.id), document];
    this.#tell();
    this.#lookSoon();
  }

  #keep(row: DocumentRow): void {
    this.#rows.set(row.id, row);
    row.onRetry(() => void this.#retry(row));
    row.onRemove(() => void this.#remove(row));
  }

  async #retry(row: DocumentRow): Promise<void> {
    try {
      row.show(await this.#api.retry(row.id), this.#data.library);
    } catch (error) {
      say(String((error as Error).message));
    }
    await this.#look();
  }

  async #remove(row: DocumentRow): Promise<void> {
    const name = row.element.querySelector("[data-name]")?.textContent ?? "";
    if (!confirm(t("Remove “{name}” from this library?", { name: name.trim() }))) return;
    try {
      await this.#api.remove(row.id);
    } catch (error) {
      return say(String((error as Error).message));
    }
    this.#documents = this.#documents.filter((one) => one.id !== row.id);
    this.#drop(row);
  }

  #drop(row: DocumentRow): void {
    this.#rows.delete(row.id);
    row.element.remove();
    part("empty").hidden = this.#list.children.length > 0;
    this.#tell();
  }

  #lookSoon(delay: number = LOOK_EVERY): void {
    clearTimeout(this.#timer);
    if (document.hidden || !this.#documents.some(isMoving)) return;
    this.#timer = window.setTimeout(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    try {
      this.#documents = await this.#api.list();
    } catch {
      return this.#lookSoon(LOOK_AFTER_FAILURE);
    }
    for (const document of this.#documents) this.#rows.get(document.id)?.show(document, this.#data.library);
    this.#tell();
    this.#lookSoon();
  }

  #tell(): void {
    const ready = this.#documents.filter((one) => one.status === "ready").length;
    const text = this.#documents.length ? t("{ready} of {total} ready", { ready, total: this.#documents.length }) : "";
    const place = part("summary");
    if (place.textContent !== text) place.textContent = text;
  }
}
