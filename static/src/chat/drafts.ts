// What was typed and not sent, kept per chat on this device.

const PREFIX = "draft:";

export class Drafts {
  #owner: string;

  constructor(owner: string) {
    this.#owner = owner;
  }

  read(chat: string | null): string {
    return localStorage.getItem(this.#key(chat)) ?? "";
  }

  keep(chat: string | null, text: string): void {
    try {
      if (text) localStorage.setItem(this.#key(chat), text);
      else localStorage.removeItem(this.#key(chat));
    } catch {
      // A full or forbidden storage costs the draft, not the page.
    }
  }

  #key(chat: string | null): string {
    return `${PREFIX}${this.#owner}:${chat ?? "new"}`;
  }
}
