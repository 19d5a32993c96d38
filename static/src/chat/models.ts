// The models and assistants that this person may ask, as the server lists them.
import { getJson, putJson, remove } from "./api.ts";
import { Observable } from "./observable.ts";
import type { ModelChoice, ModelData } from "./wire.ts";

const FRESH = 5000; // ms for which a list is not asked for again

const NOTHING_MORE = {
  kind: "model", description: "", badges: [], thinking: null, favourite: false, used_at: null, loaded: null, price: null, image: null, suggestions: [], why: null,
} satisfies Partial<ModelChoice>;

export class Models extends Observable {
  all: readonly ModelChoice[] = [];
  /** A sentence when the list could not be fetched, or a favourite not kept. */
  problem = "";
  #names = new Map<string, number>();
  #fetchedAt = -FRESH;
  #wishes = new Map<string, boolean>();

  constructor(models: readonly ModelData[] = []) {
    super();
    this.#take(models);
  }

  get(id: string | null | undefined): ModelChoice | undefined {
    return this.all.find((model) => model.id === id);
  }

  /** Its name alone when that says which one it is. */
  nameOf(id: string, otherwise = id): string {
    const model = this.get(id);
    if (!model) return otherwise;
    return this.clashes(model) ? `${model.name} · ${model.connection}` : model.name;
  }

  /** Whether another one has the same name. */
  clashes(model: ModelChoice): boolean {
    return (this.#names.get(model.name) ?? 0) > 1;
  }

  /** Fetches the list anew, unless that was just done. */
  async refresh(now = Date.now()): Promise<void> {
    if (now - this.#fetchedAt < FRESH) return;
    this.#fetchedAt = now;
    try {
      this.#take(await getJson<ModelData[]>("/api/models"));
      this.problem = "";
    } catch (error) {
      this.#fetchedAt = -FRESH;
      this.problem = (error as Error).message;
    }
    this.changed();
  }

  /** Drawn at once; taken back with a sentence when the server does not keep it. */
  async favour(id: string, on: boolean): Promise<void> {
    this.#wishes.set(id, on);
    this.#change(id, { favourite: on });
    const path = `/api/models/${encodeURIComponent(id)}/favourite`;
    try {
      await (on ? putJson(path) : remove(path));
      this.problem = "";
    } catch (error) {
      if (this.#wishes.get(id) === on) this.#change(id, { favourite: !on });
      this.problem = (error as Error).message;
    }
    if (this.#wishes.get(id) === on) this.#wishes.delete(id);
    this.changed();
  }

  /** It was asked just now, so it is a recent one. */
  used(id: string): void {
    this.#change(id, { used_at: new Date().toISOString() });
  }

  #take(models: readonly ModelData[]): void {
    this.all = models.map((model) => {
      const wish = this.#wishes.get(model.id);
      return { ...NOTHING_MORE, ...model, ...(wish === undefined ? {} : { favourite: wish }) };
    });
    this.#names.clear();
    for (const { name } of this.all) this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
  }

  #change(id: string, change: Partial<ModelChoice>): void {
    this.all = this.all.map((model) => (model.id === id ? { ...model, ...change } : model));
    this.changed();
  }
}
