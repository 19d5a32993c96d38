// One line of the list of documents: a file on its way to the server, or a document in it.
import { t, tn } from "../i18n.ts";
import type { DocumentData } from "./wire.ts";

const TONES = { queued: "", processing: "badge--busy", ready: "badge--ok", failed: "badge--error" } as const;

export class DocumentRow {
  readonly element: HTMLElement;
  #shown = "";

  constructor(element: HTMLElement) {
    this.element = element;
  }

  static fresh(name: string): DocumentRow {
    const template = document.querySelector<HTMLTemplateElement>("template[data-row]");
    const element = template?.content.firstElementChild?.cloneNode(true);
    if (!(element instanceof HTMLElement)) throw new Error("The page has no template for a row.");
    const row = new DocumentRow(element);
    row.#part("name").textContent = name;
    return row;
  }

  get id(): string {
    return this.element.dataset["document"] ?? "";
  }

  onRetry(act: () => void): void {
    this.#onSubmit("retry", act);
  }

  onCancel(act: () => void): void {
    this.#onSubmit("cancel", act);
  }

  onRemove(act: () => void): void {
    this.#onSubmit("remove", act);
  }

  sending(share: number): void {
    const text = share < 1 ? t("uploading {percent} %", { percent: Math.floor(share * 100) }) : t("storing");
    this.#state(text, "badge--busy", share);
  }

  waiting(): void {
    this.#state(t("waits to be uploaded"), "", 0);
  }

  /** Never reached the library. */
  refused(sentence: string, again: boolean): void {
    this.#state(t("not taken"), "badge--error", null);
    this.#problem(sentence);
    this.#showAct("retry", again);
    this.#showAct("cancel", false);
  }

  show(data: DocumentData, library: string): void {
    const now = JSON.stringify(data);
    // Screen readers hear a change, not each look at the server.
    if (now === this.#shown) return;
    this.#shown = now;
    this.element.dataset["document"] = data.id;
    const name = this.#part("name");
    name.textContent = data.name;
    name.setAttribute("href", `/knowledge/${library}/documents/${data.id}/`);
    const rests = data.status === "ready" || data.status === "failed";
    this.#state(words(data), data.superseded ? "badge--warn" : TONES[data.status], rests ? null : data.progress);
    this.#problem(data.error);
    const path = this.#part("path");
    path.textContent = data.path;
    path.hidden = !data.path;
    this.#showAct("retry", data.status === "failed");
    this.#showAct("cancel", !rests);
  }

  point(): void {
    this.element.scrollIntoView({ block: "nearest" });
    this.element.classList.remove("document--pointed");
    void this.element.offsetWidth;
    this.element.classList.add("document--pointed");
  }

  #state(text: string, tone: string, share: number | null): void {
    const badge = this.#part("state");
    badge.textContent = text;
    badge.className = `badge ${tone}`;
    const bar = this.#part("progress");
    bar.hidden = share === null;
    if (bar instanceof HTMLProgressElement && share !== null) bar.value = share;
  }

  #problem(sentence: string): void {
    const place = this.#part("problem");
    place.textContent = sentence;
    place.hidden = !sentence;
  }

  #onSubmit(name: string, act: () => void): void {
    this.#maybe(name)?.addEventListener("submit", (event) => {
      event.preventDefault();
      act();
    });
  }

  #showAct(name: string, shown: boolean): void {
    const act = this.#maybe(name);
    if (act) act.hidden = !shown;
  }

  /** What is there for those who may write. */
  #maybe(name: string): HTMLElement | null {
    return this.element.querySelector<HTMLElement>(`[data-${name}]`);
  }

  #part(name: string): HTMLElement {
    const found = this.#maybe(name);
    if (!found) throw new Error(`A row has no ${name}.`);
    return found;
  }
}

function words(data: DocumentData): string {
  if (data.status === "ready") {
    if (data.superseded) return t("superseded");
    return data.pages ? tn("ready · {n} page", "ready · {n} pages", data.pages) : t("ready");
  }
  if (data.status === "failed") return t("failed");
  if (data.status === "queued") return t("queued");
  if (data.stage === "embedding") return t("{done} of {total}", { done: data.chunks_done, total: data.chunks });
  return data.stage === "checking" ? t("checking") : t("reading");
}
