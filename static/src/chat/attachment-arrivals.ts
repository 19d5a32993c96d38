// Where files come from besides the button: pasted into the box, or dropped anywhere on the window.
import { t } from "../i18n.ts";

/** Characters from which a pasted text is better read as a file. */
export const LONG_TEXT = 2000;
/** Characters from which it becomes a file at once: a box with twenty thousand lines holds the page up for seconds. */
const HUGE_TEXT = 30_000;

export interface Arrivals {
  files(files: File[]): void;
  /** A folder, of which a browser gives no files this way. */
  folder(name: string): void;
  /** A long text is about to be in the box; a huge one is not, and is to be a file. */
  longText(text: string, huge: boolean): void;
  /** Files hover over the window, or not any more. */
  hovering(over: boolean): void;
}

/** Listens until the function it returns is called. */
export function watchArrivals(form: HTMLElement, to: Arrivals): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let depth = 0;
  const over = (event: DragEvent, step: number): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    // Each element on the way says enter and leave; the window is left when as many left as entered.
    depth = Math.max(0, depth + step);
    to.hovering(depth > 0);
  };
  window.addEventListener("dragenter", (event) => over(event, 1), { signal });
  window.addEventListener("dragleave", (event) => over(event, -1), { signal });
  window.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault(), { signal });
  window.addEventListener("drop", (event) => {
    depth = 0;
    to.hovering(false);
    if (!hasFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    dropped(event.dataTransfer, to);
  }, { signal });
  form.addEventListener("paste", (event) => pasted(event, to), { signal });
  return () => stop.abort();
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function dropped(transfer: DataTransfer, to: Arrivals): void {
  const files: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry?.isDirectory) to.folder(entry.name);
    else if (file) files.push(file);
  }
  if (files.length) to.files(files);
}

/** Copied cells and formatted text come with a picture of themselves: then the words are meant. */
function pasted(event: ClipboardEvent, to: Arrivals): void {
  const { clipboardData: board } = event;
  if (!board) return;
  const text = board.getData("text/plain");
  const files = [...board.files];
  if (files.length && !text.trim()) {
    event.preventDefault();
    to.files(files.map(named));
  } else if (text.length > LONG_TEXT) {
    const huge = text.length > HUGE_TEXT;
    if (huge) event.preventDefault();
    to.longText(text.replaceAll("\r\n", "\n"), huge);
  }
}

/** A picture from the clipboard has the same name every time. */
function named(file: File, place: number): File {
  if (!/^image\.\w+$/.test(file.name)) return file;
  return new File([file], pastedName(file.name.slice(file.name.lastIndexOf(".")), place), { type: file.type });
}

export function pastedName(ending: string, place = 0): string {
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join("-");
  return t("Pasted {time}", { time: place ? `${time} ${place + 1}` : time }) + ending;
}
