// Which chats were answered while nobody looked, and which were being answered: kept for a reload, and for other tabs.

const KEY = "unseen";

export interface Marks {
  unseen: string[];
  running: string[];
}

export class Unseen {
  readonly key: string;

  constructor(owner: string) {
    this.key = `${KEY}:${owner}`;
  }

  read(): Marks {
    try {
      const { unseen = [], running = [] } = JSON.parse(localStorage.getItem(this.key) ?? "{}") as Partial<Marks>;
      return { unseen, running };
    } catch {
      return { unseen: [], running: [] };
    }
  }

  keep(marks: Marks): void {
    const text = JSON.stringify(marks);
    try {
      if (text !== localStorage.getItem(this.key)) localStorage.setItem(this.key, text);
    } catch {
      // A full or forbidden storage costs the mark, not the page.
    }
  }
}
