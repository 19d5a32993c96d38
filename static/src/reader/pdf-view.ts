// The pages of a PDF under each other; only those in sight are drawn, and of a very long file only some are there.
import { t } from "../i18n.ts";
import { Letters, passageIn, type Run } from "./letters.ts";
import { PageBox } from "./pdf-page.ts";
import type { PdfFile } from "./pdf-file.ts";

const AROUND = 150; // pages on each side of the one that is gone to
const NEARBY = [0, 1, -1, 2]; // pages beside the cited one where its words may stand
const PAUSE = 150; // milliseconds after the last change of width

export class PdfView extends HTMLElement {
  /** Called with the page that is looked at. */
  turned: (page: number) => void = () => undefined;
  #file: PdfFile | null = null;
  #boxes = new Map<number, PageBox>();
  #marks = new Map<number, Run[]>();
  #seen = new Set<number>();
  #shape: [number, number] = [3, 4];
  #sight: IntersectionObserver | null = null;
  #width = 0;
  #widths = new ResizeObserver(() => this.#resized());
  #timer = 0;

  /** Shows `file` at `page`, the passage marked where it is found; resolves to whether it was. */
  async show(file: PdfFile, page: number, passage: string): Promise<boolean> {
    this.#file = file;
    const first = (await file.page(1)).getViewport({ scale: 1 });
    this.#shape = [first.width, first.height];
    const at = Math.min(Math.max(page, 1), file.pages);
    const marked = passage ? await this.#find(file, at, passage) : null;
    this.#widths.observe(this);
    await this.goTo(marked ?? at);
    if (marked) this.querySelector("mark")?.scrollIntoView({ block: "center" });
    return marked !== null;
  }

  async goTo(page: number): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const at = Math.min(Math.max(page, 1), file.pages);
    if (!this.#boxes.has(at)) this.#lay(file, at);
    const box = this.#boxes.get(at) as PageBox;
    box.element.scrollIntoView({ block: "start" });
    await box.draw();
    this.turned(at);
  }

  disconnectedCallback(): void {
    this.#sight?.disconnect();
    this.#widths.disconnect();
    for (const box of this.#boxes.values()) box.clear();
    this.#file = null;
  }

  /** Notes the marks of each page; the first page that has one, or null. */
  async #find(file: PdfFile, page: number, passage: string): Promise<number | null> {
    const strings: string[] = [];
    const from: number[] = [];
    for (const step of NEARBY) {
      const number = page + step;
      if (number < 1 || number > file.pages) continue;
      const own = await file.strings(await file.page(number));
      const before = strings.length;
      strings.push(...own);
      for (let item = before; item < strings.length; item++) from.push(number);
      // Two pages are looked at before it is believed that a passage goes on, or stands elsewhere.
      if (step === 0) continue;
      const runs = passageIn(passage, new Letters(strings));
      if (runs) return this.#note(runs, from);
    }
    const runs = passageIn(passage, new Letters(strings));
    return runs ? this.#note(runs, from) : null;
  }

  #note(runs: readonly Run[], from: readonly number[]): number {
    this.#marks.clear();
    for (const run of runs) {
      const number = from[run.item] as number;
      const first = from.indexOf(number);
      this.#marks.set(number, [...(this.#marks.get(number) ?? []), { ...run, item: run.item - first }]);
    }
    return Math.min(...this.#marks.keys());
  }

  /** Boxes for the pages around this one, in place of those that were there. */
  #lay(file: PdfFile, at: number): void {
    this.#sight?.disconnect();
    for (const box of this.#boxes.values()) box.clear();
    this.#boxes.clear();
    this.#seen.clear();
    this.#sight = new IntersectionObserver((entries) => this.#sighted(entries), { root: this, rootMargin: "60% 0px" });
    const first = Math.max(1, at - AROUND);
    const last = Math.min(file.pages, at + AROUND);
    for (let number = first; number <= last; number++) {
      const box = new PageBox(file, number);
      box.marks = this.#marks.get(number) ?? [];
      box.shape(...this.#shape);
      this.#boxes.set(number, box);
    }
    this.replaceChildren(
      ...(first > 1 ? [this.#further(t("Pages before"), first - 1)] : []),
      ...[...this.#boxes.values()].map((box) => box.element),
      ...(last < file.pages ? [this.#further(t("Pages after"), last + 1)] : []),
    );
    for (const box of this.#boxes.values()) this.#sight.observe(box.element);
  }

  #further(words: string, page: number): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button pdf__further";
    button.textContent = words;
    button.addEventListener("click", () => void this.goTo(page));
    return button;
  }

  #sighted(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const box = this.#boxes.get(Number((target as HTMLElement).dataset["page"]));
      if (!box) continue;
      if (isIntersecting) {
        this.#seen.add(box.number);
        void box.draw();
      } else if (this.#seen.delete(box.number)) box.clear();
    }
  }

  /** The page in the middle of the view. */
  scrolled(): void {
    const middle = this.getBoundingClientRect().top + this.clientHeight / 2;
    for (const number of [...this.#seen].sort((one, other) => one - other)) {
      const spot = this.#boxes.get(number)?.element.getBoundingClientRect();
      if (spot && spot.top <= middle && spot.bottom >= middle) this.turned(number);
    }
  }

  #resized(): void {
    if (this.clientWidth === this.#width) return;
    this.#width = this.clientWidth;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      for (const number of this.#seen) void this.#boxes.get(number)?.draw();
    }, PAUSE);
  }
}

customElements.define("pdf-view", PdfView);
