// The page of the table: filters, keys, whole rows and columns, and the bar that says what is not saved yet.
import { t, tn } from "../i18n.ts";
import { type Change, Grid } from "./grid.ts";
import { Later } from "./later.ts";

const KEPT = "changes of the table of models and groups";
const MOVES: Record<string, [number, number]> = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
};

export class Matrix {
  readonly #form: HTMLFormElement;
  readonly #grid: Grid;
  readonly #later: Later;
  #leaving = false;
  #last: [number, number] | undefined;
  #current: HTMLInputElement | undefined;

  constructor(form: HTMLFormElement) {
    this.#form = form;
    const table = form.querySelector("table") as HTMLTableElement;
    this.#grid = new Grid(table, JSON.parse(form.dataset["columns"] ?? "[]"));
    this.#later = new Later(this.#grid.rows, table.parentElement as HTMLElement);
    this.#addToggles();
    table.addEventListener("change", (event) => this.#ticked(event));
    table.addEventListener("click", (event) => this.#clicked(event));
    table.addEventListener("keydown", (event) => this.#pressed(event));
    table.addEventListener("focusin", (event) => this.#enter(event.target));
    form.addEventListener("input", (event) => (event.target as Element).matches("[data-filter]") && this.#filter());
    form.addEventListener("submit", () => this.#send());
    form.querySelector("[data-discard]")?.addEventListener("click", () => this.#discard());
    window.addEventListener("beforeunload", (event) => {
      if (this.#grid.changes.length && !this.#leaving) event.preventDefault();
    });
    this.#grid.restore(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]") as Change[]);
    this.#filter();
    this.#enter(this.#firstSeen());
    this.#told();
  }

  /** One button for each row and column: all that is to be seen of it, or nothing. */
  #addToggles(): void {
    this.#grid.rows.forEach((row, y) => row.cells[0]?.append(toggle(row.cells[0], () => this.#grid.inRow(y))));
    this.#grid.heads.forEach((head, x) => head.append(toggle(head, () => this.#grid.inColumn(x))));

    const all = (boxes: readonly HTMLInputElement[]): void => {
      this.#grid.tick(boxes, boxes.some((box) => !box.checked));
      this.#told();
    };

    function toggle(cell: HTMLElement, boxes: () => HTMLInputElement[]): HTMLButtonElement {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "matrix__toggle";
      button.title = t("All of these, or none");
      button.ariaLabel = `${cell.querySelector("bdi, span")?.textContent ?? ""}: ${button.title}`;
      button.addEventListener("click", () => all(boxes()));
      return button;
    }
  }

  #ticked(event: Event): void {
    const place = this.#grid.placeOf(event.target);
    if (!place) return;
    this.#grid.note(event.target as HTMLInputElement);
    this.#last = place;
    this.#told();
  }

  /** With shift held, everything between the box before and this one becomes what this one becomes. */
  #clicked(event: MouseEvent): void {
    const place = this.#grid.placeOf(event.target);
    if (!place || !event.shiftKey || !this.#last) return;
    this.#grid.tick(this.#grid.between(this.#last, place), (event.target as HTMLInputElement).checked);
  }

  #pressed(event: KeyboardEvent): void {
    const place = this.#grid.placeOf(event.target);
    const move = MOVES[event.key];
    if (!place || !move || event.altKey || event.metaKey) return;
    event.preventDefault();
    let [row, column] = place;
    let found: HTMLInputElement | undefined;
    let next: HTMLInputElement | undefined;
    do {
      row += move[0];
      column += move[1];
      next = this.#grid.box(row, column);
      if (next && !this.#grid.rows[row]?.hidden && !this.#grid.heads[column]?.hidden) found = next;
    } while (next && (event.ctrlKey || !found));
    this.#later.reach(this.#grid.placeOf(found ?? null)?.[0] ?? 0);
    found?.focus();
  }

  /** One box at a time is reached by the tabulator, or there would be thousands of stops. */
  #enter(box: EventTarget | null | undefined): void {
    if (!(box instanceof HTMLInputElement) || !this.#grid.placeOf(box)) return;
    if (this.#current) this.#current.tabIndex = -1;
    box.tabIndex = 0;
    this.#current = box;
  }

  #firstSeen(): HTMLInputElement | undefined {
    const row = this.#grid.rows.findIndex((one) => !one.hidden);
    return this.#grid.inRow(row)[0];
  }

  #filter(): void {
    const words = (name: string): string[] => this.#value(name).toLowerCase().split(/\s+/).filter(Boolean);
    const [models, groups, connection] = [words("models"), words("groups"), this.#value("connection")];
    const changed = this.#form.querySelector<HTMLInputElement>('[data-filter="changed"]')?.checked ?? false;
    const fits = (text: string | null | undefined, all: string[]): boolean =>
      all.every((word) => (text ?? "").toLowerCase().includes(word));

    let rows = 0;
    this.#grid.rows.forEach((row, y) => {
      const name = row.querySelector("bdi")?.textContent;
      row.hidden = !fits(name, models) || (!!connection && row.dataset["connection"] !== connection)
        || (changed && !this.#grid.isChanged(y));
      rows += row.hidden ? 0 : 1;
    });
    this.#later.begin();
    let columns = 0;
    this.#grid.heads.forEach((head, x) => {
      const hidden = x > 0 && !fits(head.querySelector("bdi")?.textContent, groups);
      if (hidden !== head.hidden) {
        head.hidden = hidden;
        for (const row of this.#grid.rows) (row.cells[x + 1] as HTMLTableCellElement).hidden = hidden;
      }
      columns += hidden ? 0 : 1;
    });
    this.#say("[data-shown]", t("{models} models, {groups} groups", { models: rows, groups: columns - 1 }));
    (this.#form.querySelector("[data-nothing]") as HTMLElement).hidden = rows > 0;
    if (this.#current?.closest("[hidden]")) this.#enter(this.#firstSeen());
  }

  #told(): void {
    const changes = this.#grid.changes;
    sessionStorage.setItem(KEPT, JSON.stringify(changes));
    (this.#form.querySelector("[data-bar]") as HTMLElement).hidden = !changes.length;
    this.#say("[data-count]", tn("{n} change, not saved yet", "{n} changes, not saved yet", changes.length));
  }

  #send(): void {
    this.#leaving = true;
    (this.#form.elements.namedItem("changes") as HTMLInputElement).value = JSON.stringify(this.#grid.changes);
  }

  #discard(): void {
    this.#grid.discard();
    this.#filter();
    this.#told();
  }

  #value(name: string): string {
    return this.#form.querySelector<HTMLInputElement>(`[data-filter="${name}"]`)?.value.trim() ?? "";
  }

  #say(place: string, words: string): void {
    const element = this.#form.querySelector(place);
    if (element && element.textContent !== words) element.textContent = words;
  }
}
