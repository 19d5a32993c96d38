// Files dragged onto the window, or chosen. Folders are told apart, since a browser hands them over as empty files.

export interface Arrival {
  readonly files: readonly File[];
  readonly folders: readonly string[];
}

export class DropZone {
  readonly #veil: HTMLElement;
  readonly #arrived: (arrival: Arrival) => void;
  #depth = 0;

  constructor(veil: HTMLElement, arrived: (arrival: Arrival) => void) {
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
      this.#arrived(arrival(event.dataTransfer));
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

function arrival(transfer: DataTransfer): Arrival {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    if (entry?.isDirectory) folders.push(entry.name);
    else if (file) files.push(file);
  }
  return { files, folders };
}
