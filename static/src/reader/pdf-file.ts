// PDF.js, loaded when the first PDF is opened: no scripts, forms or links of a file, nothing from elsewhere, one worker each.
import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist";
import { t } from "../i18n.ts";
import type { ReadDocument } from "./wire.ts";
import { scriptOf } from "../trusted.ts";

export type Page = PDFPageProxy;

const SMALL = 8 * 1024 * 1024; // bytes that are fetched at once; of larger files only the parts that are looked at
const PIECE = 512 * 1024;
const LARGEST_IMAGE = 32 * 1024 * 1024; // pixels
const PATIENCE = 30_000; // milliseconds for the file, and for each page

/** A file that cannot be shown; the message is a sentence for the person. */
export class Unshowable extends Error {}

export class PdfFile {
  #worker: Worker;
  #document: PDFDocumentProxy;
  #library: typeof import("pdfjs-dist");

  private constructor(library: typeof import("pdfjs-dist"), worker: Worker, document: PDFDocumentProxy) {
    this.#library = library;
    this.#worker = worker;
    this.#document = document;
  }

  /** Raises `Unshowable`. */
  static async open(file: ReadDocument): Promise<PdfFile> {
    const place = (path: string): string => new URL(path, import.meta.url).href;
    let library: typeof import("pdfjs-dist");
    try {
      library = (await import("pdfjs-dist/legacy/build/pdf.mjs")) as unknown as typeof import("pdfjs-dist");
    } catch {
      throw new Unshowable(t("The part of the page that draws PDF files could not be loaded. Check your connection and try again."));
    }
    const worker = new Worker(scriptOf(place(PDF.worker)), { type: "module" });
    const opening = library.getDocument({
      url: file.file,
      worker: new library.PDFWorker({ port: worker as unknown as null }),
      cMapUrl: place(`${PDF.files}/cmaps/`),
      standardFontDataUrl: place(`${PDF.files}/standard_fonts/`),
      wasmUrl: place(`${PDF.files}/wasm/`),
      // The policy of our pages compiles nothing: the same decoders are there as plain scripts.
      useWasm: false,
      enableXfa: false,
      maxImageSize: LARGEST_IMAGE,
      rangeChunkSize: PIECE,
      disableAutoFetch: file.size > SMALL,
      disableStream: file.size > SMALL,
      verbosity: 0,
    });
    try {
      // A slow line is not given up while something comes.
      const alive = (again: () => void): void => {
        opening.onProgress = again;
      };
      return new PdfFile(library, worker, await within(opening.promise, alive));
    } catch (error) {
      worker.terminate();
      throw new Unshowable(reasonOf(error));
    }
  }

  get pages(): number {
    return this.#document.numPages;
  }

  page(number: number): Promise<Page> {
    return within(this.#document.getPage(number));
  }

  async strings(page: Page): Promise<string[]> {
    const { items } = await within(page.getTextContent());
    return items.flatMap((item) => ("str" in item ? [item.str] : []));
  }

  /** Draws one page; the strings of the text over it stand in its elements, in the order of `strings`. */
  async draw(page: Page, canvas: HTMLCanvasElement, text: HTMLElement, scale: number, sharpness: number): Promise<HTMLElement[]> {
    const { AnnotationMode, TextLayer } = this.#library;
    const viewport = page.getViewport({ scale: scale * sharpness });
    canvas.width = Math.max(1, Math.floor(viewport.width));
    canvas.height = Math.max(1, Math.floor(viewport.height));
    const drawing = page.render({ canvas, viewport, annotationMode: AnnotationMode.ENABLE });
    try {
      await within(drawing.promise);
    } catch (error) {
      drawing.cancel();
      throw error;
    }
    const layer = new TextLayer({ textContentSource: await within(page.getTextContent()), container: text, viewport: page.getViewport({ scale }) });
    await within(layer.render());
    return layer.textDivs as HTMLElement[];
  }

  /** Whatever it is busy with: a file that keeps its worker busy for ever is not asked. */
  close(): void {
    void this.#document.loadingTask.destroy().catch(() => undefined);
    this.#worker.terminate();
  }
}

/** Rejects when it takes too long; `alive` is given what makes the time begin anew. */
function within<T>(promise: Promise<T>, alive?: (again: () => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Unshowable(t("This PDF takes too long to draw.")));
    let timer = setTimeout(late, PATIENCE);
    alive?.(() => {
      clearTimeout(timer);
      timer = setTimeout(late, PATIENCE);
    });
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof Unshowable) return error.message;
  const { name, status } = error as { name?: string; status?: number };
  if (name === "PasswordException") return t("This PDF is locked with a password, so its pages cannot be shown.");
  if (name === "ResponseException" && status === 404) return t("The file is no longer there, or no longer yours to read.");
  if (name === "ResponseException") return t("The file could not be loaded. Check your connection and try again.");
  return t("This PDF is damaged, so its pages cannot be shown.");
}
