// One library on the screen: its rows, the files that arrive, and a look at the server each second while something moves.
import { t } from "../i18n.ts";
import { DocumentRow } from "./document-row.ts";
import { type Arrived, DropZone, fromFolder } from "./drop-zone.ts";
import { JobRows } from "./job-rows.ts";
import { LibraryApi } from "./library-api.ts";
import { part, say, token } from "./parts.ts";
import { Uploads } from "./uploads.ts";
import type { Counts, JobData, LibraryData, Progress, Taken } from "./wire.ts";

const LOOK_EVERY = 1000;
const LOOK_AFTER_FAILURE = 5000;

export class LibraryPage {
  readonly #data: LibraryData;
  readonly #rows = new Map<string, DocumentRow>();
  readonly #api: LibraryApi;
  readonly #uploads: Uploads;
  readonly #list: HTMLElement;
  readonly #jobRows: JobRows;
  #counts: Counts;
  #jobs: readonly JobData[];
  #timer = 0;

  constructor(data: LibraryData) {
    this.#data = data;
    this.#counts = data.counts;
    this.#jobs = data.jobs;
    this.#list = part("documents");
    this.#api = new LibraryApi(data.library);
    this.#jobRows = new JobRows(part("jobs"), (id) => this.#removeJob(id));
    this.#uploads = new Uploads(this.#api.documents, token());
  }

  start(): void {
    for (const element of this.#list.querySelectorAll<HTMLElement>("[data-document]")) this.#keep(new DocumentRow(element));
    if (this.#data.writes) {
      new DropZone(part("veil"), (files) => this.#arrived(files)).start();
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
    const arrive = (name: string, read: (files: readonly File[]) => readonly Arrived[]): void => {
      const picker = part("drop").querySelector<HTMLInputElement>(`#${name}`);
      // The button before it says it in the person's language.
      picker?.classList.add("visually-hidden");
      picker?.addEventListener("change", () => {
        this.#arrived(read([...(picker.files ?? [])]));
        picker.value = "";
      });
    };
    arrive("file", (files) => files.map((file) => ({ file, path: "" })));
    arrive("folder", fromFolder);
  }

  #arrived(files: readonly Arrived[]): void {
    // The first stands at the top in the end.
    const rows = files.map(({ file }) => DocumentRow.fresh(file.name));
    this.#list.prepend(...rows.map((row) => row.element));
    part("empty").hidden = true;
    files.forEach((arrived, at) => this.#send(arrived, rows[at] as DocumentRow));
  }

  #send({ file, path }: Arrived, row: DocumentRow): void {
    row.onRemove(() => this.#drop(row));
    if (file.size > this.#data.limit_mb * 1024 * 1024) {
      const limit = this.#data.limit_mb;
      return row.refused(t("This file is larger than the {limit} MB that are allowed here.", { limit }), false);
    }
    row.waiting();
    this.#uploads.add({
      file,
      path,
      progress: (share) => row.sending(share),
      done: (taken) => this.#taken(taken, row),
      failed: (sentence, again) => {
        row.refused(sentence, again);
        if (again) row.onRetry(() => this.#sendAgain({ file, path }, row));
      },
    });
  }

  #sendAgain(arrived: Arrived, old: DocumentRow): void {
    const row = DocumentRow.fresh(arrived.file.name);
    old.element.replaceWith(row.element);
    this.#send(arrived, row);
  }

  #taken(taken: Taken, sent: DocumentRow): void {
    if (taken.job) {
      sent.element.remove();
      this.#jobs = [taken.job, ...this.#jobs];
      this.#jobRows.show(this.#jobs);
      return this.#lookSoon();
    }
    const known = this.#rows.get(taken.id);
    const row = known ?? DocumentRow.fresh(taken.name);
    if (known) sent.element.remove();
    else sent.element.replaceWith(row.element);
    row.show(taken, this.#data.library);
    if (!known) this.#keep(row);
    if (taken.created) this.#counts = { ...this.#counts, all: this.#counts.all + 1, moving: this.#counts.moving + 1 };
    else {
      say(t("This library already has this file, as “{name}”.", { name: taken.name }));
      row.point();
    }
    this.#tell();
    this.#lookSoon();
  }

  #keep(row: DocumentRow): void {
    this.#rows.set(row.id, row);
    row.onRetry(() => void this.#act(row, "retry"));
    row.onCancel(() => void this.#act(row, "cancel"));
    row.onRemove(() => void this.#remove(row));
  }

  async #act(row: DocumentRow, act: string): Promise<void> {
    try {
      row.show(await this.#api.act(row.id, act), this.#data.library);
    } catch (error) {
      say(String((error as Error).message));
    }
    await this.#look();
  }

  async #removeJob(id: number): Promise<void> {
    try {
      await this.#api.removeJob(id);
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
    this.#drop(row);
    await this.#look();
  }

  #drop(row: DocumentRow): void {
    this.#rows.delete(row.id);
    row.element.remove();
    part("empty").hidden = this.#list.children.length > 0;
    this.#tell();
  }

  #lookSoon(delay: number = LOOK_EVERY): void {
    clearTimeout(this.#timer);
    if (document.hidden || !(this.#counts.moving || this.#jobs.some((job) => !job.over))) return;
    this.#timer = window.setTimeout(() => void this.#look(), delay);
  }

  /** One question for the whole page, however many documents there are. */
  async #look(): Promise<void> {
    let now: Progress;
    try {
      now = await this.#api.progress(this.#data.page);
    } catch {
      return this.#lookSoon(LOOK_AFTER_FAILURE);
    }
    this.#counts = now.counts;
    this.#jobs = now.jobs;
    this.#jobRows.show(now.jobs);
    for (const document of [...now.documents].reverse()) {
      let row = this.#rows.get(document.id);
      if (!row) {
        // Came out of an archive or a site, or from somebody else.
        row = DocumentRow.fresh(document.name);
        this.#list.prepend(row.element);
        row.show(document, this.#data.library);
        this.#keep(row);
        part("empty").hidden = true;
      }
      row.show(document, this.#data.library);
    }
    this.#letGo(new Set(now.documents.map((document) => document.id)));
    this.#tell();
    this.#lookSoon();
  }

  /** What has moved on to another page of the list, or was removed elsewhere. */
  #letGo(there: ReadonlySet<string>): void {
    if (this.#uploads.busy) return;
    for (const [id, row] of this.#rows) {
      if (there.has(id)) continue;
      this.#rows.delete(id);
      row.element.remove();
    }
  }

  #tell(): void {
    const { ready, all } = this.#counts;
    const text = all ? t("{ready} of {total} ready", { ready, total: all }) : "";
    const place = part("summary");
    if (place.textContent !== text) place.textContent = text;
    for (const [name, count] of Object.entries(this.#counts)) {
      const shown = document.querySelector(`[data-count="${name}"]`);
      if (shown) shown.textContent = String(count);
    }
  }
}
