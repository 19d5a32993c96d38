// The boxes of the table of models and groups: where each stands, and what was changed of them.

export type Change = [model: number, group: number, allowed: boolean];

export class Grid {
  readonly rows: HTMLTableRowElement[];
  readonly heads: HTMLTableCellElement[];
  readonly #boxes: HTMLInputElement[][];
  readonly #places = new WeakMap<Element, [row: number, column: number]>();
  readonly #changed = new Set<HTMLInputElement>();

  constructor(table: HTMLTableElement, readonly columns: readonly number[]) {
    this.rows = [...(table.tBodies[0]?.rows ?? [])];
    this.heads = [...table.querySelectorAll<HTMLTableCellElement>("thead th")];
    const groups = this.heads.map((head) => head.querySelector("bdi, span")?.textContent ?? "");
    this.#boxes = this.rows.map((row, y) => {
      const model = row.querySelector("bdi")?.textContent ?? "";
      return [...row.querySelectorAll("input")].map((box, x) => {
        this.#places.set(box, [y, x]);
        box.tabIndex = -1;
        box.ariaLabel = `${model}: ${groups[x]}`;
        return box;
      });
    });
  }

  box(row: number, column: number): HTMLInputElement | undefined {
    return this.#boxes[row]?.[column];
  }

  placeOf(box: EventTarget | null): [number, number] | undefined {
    return box instanceof Element ? this.#places.get(box) : undefined;
  }

  /** The boxes of a row or of a column that are to be seen. */
  inRow(row: number): HTMLInputElement[] {
    return this.#seen(this.#boxes[row] ?? []);
  }

  inColumn(column: number): HTMLInputElement[] {
    return this.#seen(this.#boxes.flatMap((row) => row[column] ?? []));
  }

  /** The boxes between two corners that are to be seen. */
  between([top, left]: [number, number], [bottom, right]: [number, number]): HTMLInputElement[] {
    const rows = this.#boxes.slice(Math.min(top, bottom), Math.max(top, bottom) + 1);
    return this.#seen(rows.flatMap((row) => row.slice(Math.min(left, right), Math.max(left, right) + 1)));
  }

  tick(boxes: readonly HTMLInputElement[], on: boolean): void {
    for (const box of boxes) {
      box.checked = on;
      this.note(box);
    }
  }

  /** A box that a person has just ticked or unticked. */
  note(box: HTMLInputElement): void {
    const changed = box.checked !== box.defaultChecked;
    box.parentElement?.classList.toggle("changed", changed);
    if (changed) this.#changed.add(box);
    else this.#changed.delete(box);
  }

  discard(): void {
    for (const box of [...this.#changed]) this.tick([box], box.defaultChecked);
  }

  get changes(): Change[] {
    return [...this.#changed].map((box) => {
      const [row, column] = this.#places.get(box) ?? [0, 0];
      return [this.#modelOf(row), this.columns[column] ?? 0, box.checked];
    });
  }

  /** Changes that were made before the page was left; what was saved meanwhile is no change any more. */
  restore(changes: readonly Change[]): void {
    const rows = new Map(this.rows.map((_, row) => [this.#modelOf(row), row]));
    for (const [model, group, allowed] of changes) {
      const box = this.box(rows.get(model) ?? -1, this.columns.indexOf(group));
      if (box) this.tick([box], allowed);
    }
  }

  isChanged(row: number): boolean {
    return (this.#boxes[row] ?? []).some((box) => this.#changed.has(box));
  }

  #seen(boxes: readonly HTMLInputElement[]): HTMLInputElement[] {
    return boxes.filter((box) => {
      const [row, column] = this.#places.get(box) ?? [-1, -1];
      return !this.rows[row]?.hidden && !this.heads[column]?.hidden;
    });
  }

  #modelOf(row: number): number {
    return Number(this.rows[row]?.dataset["model"]);
  }
}
