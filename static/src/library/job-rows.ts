// The archives and sites that are taken in, above the documents.
import { t } from "../i18n.ts";
import type { JobData } from "./wire.ts";

export class JobRows {
  readonly #list: HTMLElement;
  readonly #remove: (id: number) => Promise<void>;
  readonly #template: HTMLTemplateElement | null;

  constructor(list: HTMLElement, remove: (id: number) => Promise<void>) {
    this.#list = list;
    this.#remove = remove;
    this.#template = document.querySelector("template[data-job-row]");
    for (const row of list.querySelectorAll<HTMLElement>("[data-job]")) this.#wire(row);
  }

  show(jobs: readonly JobData[]): void {
    const rows = new Map([...this.#list.children].map((row) => [(row as HTMLElement).dataset["job"], row as HTMLElement]));
    for (const [id, row] of rows) if (!jobs.some((job) => String(job.id) === id)) row.remove();
    for (const job of [...jobs].reverse()) {
      const row = rows.get(String(job.id)) ?? this.#fresh(job);
      if (row) fill(row, job);
    }
  }

  #fresh(job: JobData): HTMLElement | null {
    const row = this.#template?.content.firstElementChild?.cloneNode(true);
    if (!(row instanceof HTMLElement)) return null;
    row.dataset["job"] = String(job.id);
    this.#wire(row);
    this.#list.prepend(row);
    return row;
  }

  #wire(row: HTMLElement): void {
    row.querySelector("[data-job-remove]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#remove(Number(row.dataset["job"]));
    });
  }
}

function fill(row: HTMLElement, job: JobData): void {
  const say = (name: string, text: string): HTMLElement | null => {
    const place = row.querySelector<HTMLElement>(`[data-job-${name}]`);
    if (place && place.textContent !== text) place.textContent = text;
    return place;
  };
  say("name", job.name);
  say("counts", t("{taken} added, {known} were here already, {refused} not taken", {
    taken: job.taken, known: job.known, refused: job.refused,
  }));
  const words = { done: t("done"), failed: t("failed"), cancelled: t("cancelled") } as Record<string, string>;
  const badge = say("state", words[job.status] ?? `${job.done} / ${job.total}`);
  const tones = { done: "badge--ok", failed: "badge--error", cancelled: "" } as Record<string, string>;
  if (badge) badge.className = `badge ${tones[job.status] ?? "badge--busy"}`;
  const button = row.querySelector("[data-job-remove] button");
  if (button) button.textContent = job.over ? t("Put away") : t("Cancel");
}
