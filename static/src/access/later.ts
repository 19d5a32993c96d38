// Rows far below are drawn when somebody comes near them: thousands of boxes at once take a browser seconds.

const STEP = 60;
const NEAR = "1000px";

export class Later {
  readonly #rows: readonly HTMLTableRowElement[];
  readonly #end = document.createElement("div");
  readonly #watch: IntersectionObserver;
  #drawn = STEP;

  constructor(rows: readonly HTMLTableRowElement[], frame: Element) {
    this.#rows = rows;
    this.#end.className = "matrix__end";
    frame.append(this.#end);
    this.#watch = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && this.#more(), { root: frame, rootMargin: NEAR });
  }

  /** From the top again: other rows fit the filters now. */
  begin(): void {
    this.#drawn = STEP;
    this.#draw();
  }

  /** Somebody goes to this row by the keys. */
  reach(row: number): void {
    while (this.#rows[row]?.hasAttribute("data-later")) this.#more();
  }

  #more(): void {
    this.#drawn += STEP;
    this.#draw();
  }

  #draw(): void {
    let place = 0;
    for (const row of this.#rows) if (!row.hidden) row.toggleAttribute("data-later", ++place > this.#drawn);
    // Watched anew, since the end may be in sight after rows were drawn as it was before.
    this.#watch.unobserve(this.#end);
    if (place > this.#drawn) this.#watch.observe(this.#end);
  }
}
