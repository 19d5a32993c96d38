// The box of one page: drawn while it is in sight, emptied when it is not.
import { t } from "../i18n.ts";
import type { Run } from "./letters.ts";
import type { Page, PdfFile } from "./pdf-file.ts";
import { drawMarks } from "./pdf-marks.ts";

const MOST_PIXELS = 16 * 1024 * 1024;
const TALLEST = 4; // times its width: what is taller is drawn smaller

export class PageBox {
  readonly element = document.createElement("div");
  readonly number: number;
  /** Of its strings, that are marked. */
  marks: readonly Run[] = [];
  #file: PdfFile;
  #wanted = false;
  #drawn = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(file: PdfFile, number: number) {
    this.#file = file;
    this.number = number;
    this.element.className = "pdf__page";
    this.element.dataset["page"] = String(number);
    this.element.setAttribute("role", "article");
    this.element.setAttribute("aria-label", t("Page {n}", { n: number }));
  }

  /** Until it is drawn: as the first page of the file. */
  shape(width: number, height: number): void {
    this.element.style.setProperty("--ratio", String(Math.max(width / height, 1 / TALLEST)));
  }

  draw(): Promise<void> {
    this.#wanted = true;
    return this.#next(async () => {
      const width = this.element.clientWidth;
      if (!this.#wanted || !width || this.#drawn === width) return;
      try {
        await this.#paint(await this.#file.page(this.number), width);
        this.#drawn = width;
      } catch {
        this.#say(t("This page could not be drawn."));
      }
    });
  }

  clear(): void {
    this.#wanted = false;
    void this.#next(async () => {
      if (this.#wanted) return;
      this.#drawn = 0;
      // A canvas keeps its memory until it has no size.
      for (const canvas of this.element.querySelectorAll("canvas")) canvas.width = canvas.height = 0;
      this.element.replaceChildren();
    });
  }

  /** One thing after the other, and the newest wish only. */
  #next(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work);
    return this.#work;
  }

  async #paint(page: Page, width: number): Promise<void> {
    const whole = page.getViewport({ scale: 1 });
    this.shape(whole.width, whole.height);
    const scale = Math.min(width / whole.width, (width * TALLEST) / whole.height);
    const area = whole.width * whole.height * scale * scale;
    const sharpness = Math.min(devicePixelRatio || 1, 2, Math.sqrt(MOST_PIXELS / area));
    const canvas = document.createElement("canvas");
    const text = document.createElement("div");
    text.className = "pdf__text";
    this.element.style.setProperty("--total-scale-factor", String(scale));
    const elements = await this.#file.draw(page, canvas, text, scale, sharpness);
    drawMarks(elements, this.marks);
    this.element.replaceChildren(canvas, text);
    page.cleanup();
  }

  #say(words: string): void {
    const line = document.createElement("p");
    line.className = "pdf__trouble";
    line.textContent = words;
    this.element.replaceChildren(line);
  }
}
