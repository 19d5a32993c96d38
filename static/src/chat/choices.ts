// What the next question is asked with: model, libraries, web search. Remembered on this device.
import { putJson } from "./api.ts";
import { type ChatSettings, DEFAULTS, howMany } from "./chat-settings.ts";
import type { Models } from "./models.ts";
import { Observable } from "./observable.ts";
import type { Asking, Boot, Library, ModelChoice, Standing } from "./wire.ts";

const MODEL = "model";
export const MOST = 4; // models that answer one question

export class Choices extends Observable {
  readonly models: Models;
  readonly allLibraries: readonly Library[];
  readonly webPossible: boolean;
  readonly toolsPossible: boolean;
  /** Tools that the model may call. */
  tools: number[] = [];
  libraries: string[] = [];
  web = false;
  /** Parameters and instructions of this chat alone. */
  settings: ChatSettings = DEFAULTS;
  /** A model for the next question alone. */
  once: string | null = null;
  #model: string | null;
  /** Models that answer beside the first one. */
  #also: string[] = [];
  #touched = false;
  #withdrawn = "";

  constructor(boot: Boot, models: Models) {
    super();
    this.models = models;
    this.allLibraries = boot.libraries;
    this.webPossible = boot.web_search;
    this.toolsPossible = Boolean(boot.tools);
    this.#model = remembered();
  }

  /** The chosen model, else the first that answers. */
  get model(): ModelChoice | null {
    const { all } = this.models;
    return this.models.get(this.#model) ?? all.find((model) => model.available && !model.why) ?? all[0] ?? null;
  }

  /** All that answer the next question, the first one first. */
  get several(): ModelChoice[] {
    const others = this.#also.map((id) => this.models.get(id)).filter((model) => model !== undefined);
    return this.model ? [this.model, ...others] : [];
  }

  /** Why the chat cannot go on with its model; empty as soon as another is chosen. */
  get withdrawn(): string {
    return this.#withdrawn;
  }

  get asking(): Asking {
    return {
      models: this.once ? [this.once] : this.several.map(({ id }) => id),
      libraries: this.libraries,
      web_search: this.web && this.webPossible,
      ...(this.tools.length && this.toolsPossible ? { tools: this.tools } : {}),
      ...(this.once ? { once: true } : {}),
      ...(howMany(this.settings) ? { settings: this.settings } : {}),
    };
  }

  /** For another answer: by its own model when several are chosen. */
  again(model: string | undefined): Asking {
    const { models, libraries, web_search } = this.asking;
    return { models: this.several.length > 1 && model ? [model] : models, libraries, web_search };
  }

  /** This one alone. */
  choose(model: string): void {
    this.#touched = true;
    this.#withdrawn = "";
    this.#model = model;
    this.#also = [];
    this.once = null;
    try {
      localStorage.setItem(MODEL, model);
    } catch {
      // Forgotten with the tab, then.
    }
    this.changed();
  }

  /** One more beside those that answer already. */
  add(model: string): void {
    if (this.several.length >= MOST || this.several.some(({ id }) => id === model)) return;
    this.#touched = true;
    this.#model = this.model?.id ?? model;
    this.#also = [...this.#also, model];
    this.changed();
  }

  drop(model: string): void {
    this.#touched = true;
    const [first = null, ...rest] = this.several.map(({ id }) => id).filter((id) => id !== model);
    this.#model = first ?? this.#model;
    this.#also = rest;
    this.changed();
  }

  /** For the next question alone; null takes it back. */
  takeOnce(model: string | null): void {
    this.once = model;
    this.changed();
  }

  toggleLibrary(id: string): void {
    this.#touched = true;
    const chosen = this.libraries.includes(id);
    this.libraries = chosen ? this.libraries.filter((other) => other !== id) : [...this.libraries, id];
    this.changed();
  }

  toggleWeb(): void {
    this.#touched = true;
    this.web = !this.web;
    this.changed();
  }

  chooseTools(tools: number[]): void {
    this.#touched = true;
    this.tools = tools;
    this.changed();
  }

  /** Kept with the chat; one that is not there yet takes them along with its first question. Raises ApiError. */
  async arrange(chat: string | null, settings: ChatSettings): Promise<void> {
    const before = this.settings;
    this.settings = settings;
    this.changed();
    try {
      if (chat) await putJson(`/api/chats/${chat}/settings`, settings);
    } catch (error) {
      this.settings = before;
      this.changed();
      throw error;
    }
  }

  /** Another conversation is opened; how it was asked comes later. */
  begin(): void {
    this.#touched = false;
    this.#withdrawn = "";
    this.once = null;
    this.settings = DEFAULTS;
  }

  /** A conversation that was asked before goes on as it was asked, unless something was chosen meanwhile. */
  adopt(asked: Asking | null, standing: readonly Standing[] = []): void {
    this.settings = asked?.settings ?? this.settings;
    if (this.#touched) return;
    const gone = standing.filter(({ withdrawn }) => withdrawn);
    const known = new Set(this.allLibraries.map((library) => library.id));
    this.libraries = (asked?.libraries ?? []).filter((id) => known.has(id));
    this.web = asked?.web_search ?? false;
    this.tools = asked?.tools ?? [];
    const there = (asked?.models ?? []).filter((model) => this.models.get(model) && !gone.some(({ id }) => id === model));
    this.#withdrawn = there.length ? "" : (gone[0]?.why ?? "");
    this.#model = there[0] ?? remembered();
    this.#also = there.slice(1);
    this.changed();
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(MODEL);
  } catch {
    return null;
  }
}
