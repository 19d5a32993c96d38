/** Something whose changes others watch: elements redraw, models react. Knows no document. */
export class Observable {
  #watchers = new Set<() => void>();

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  protected changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Something that happens again and again, for whoever watches it apart from other changes. */
export class Pulse extends Observable {
  beat(): void {
    this.changed();
  }
}
