// Files and folders dragged onto the window. Of a folder everything in it comes, each file with the folder it lay in.

export interface Arrived {
  readonly file: File;
  /** "" for a file by itself. */
  readonly path: string;
}

// A folder with more files than this is better brought as an archive.
const MOST = 2000;

export class DropZone {
  readonly #veil: HTMLElement;
  readonly #arrived: (files: readonly Arrived[]) => void;
  #depth = 0;

  constructor(veil: HTMLElement, arrived: (files: readonly Arrived[]) => void) {
    this.#veil = veil;
    this.#arrived = arrived;
  }

  start(): void {
    window.addEventListener("dragenter", (event) => this.#over(event, 1));
    window.addEventListener("dragleave", (event) => this.#over(event, -1));
    window.addEventListener("dragover", (event) => {
      if (hasFiles(event)) event.preventDefault();
    });
    window.addEventListener("drop", (event) => {
      this.#depth = 0;
      this.#veil.hidden = true;
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      void arrivals(event.dataTransfer).then((files) => this.#arrived(files));
    });
  }

  #over(event: DragEvent, step: number): void {
    if (!hasFiles(event)) return;
    event.preventDefault();
    // Each element on the way says enter and leave; the window is left when as many left as entered.
    this.#depth = Math.max(0, this.#depth + step);
    this.#veil.hidden = this.#depth === 0;
  }
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** What was chosen by the picker for folders: each file knows its place. */
export function fromFolder(files: readonly File[]): Arrived[] {
  return files.slice(0, MOST).map((file) => ({ file, path: folderOf(file.webkitRelativePath) }));
}

async function arrivals(transfer: DataTransfer): Promise<Arrived[]> {
  const found: Arrived[] = [];
  // The transfer is empty once this returns for the first time: everything in it is asked for before.
  const entries = [...transfer.items].flatMap((item) =>
    item.kind === "file" ? [{ entry: item.webkitGetAsEntry(), file: item.getAsFile() }] : [],
  );
  for (const { entry, file } of entries) {
    if (entry?.isDirectory) await walk(entry as FileSystemDirectoryEntry, found);
    else if (file) found.push({ file, path: "" });
  }
  return found;
}

async function walk(folder: FileSystemDirectoryEntry, found: Arrived[]): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed)).catch(() => []);
    // A browser gives a hundred at a time, and an empty batch at the end.
    if (!batch.length || found.length >= MOST) return;
    for (const entry of batch) {
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, found);
      else if (!entry.name.startsWith(".")) {
        const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed)).catch(() => null);
        if (file) found.push({ file, path: folderOf(entry.fullPath) });
      }
    }
  }
}

function folderOf(path: string): string {
  return path.split("/").slice(0, -1).filter(Boolean).join("/");
}
