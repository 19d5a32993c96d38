// The prompts that this person may use: what `/` finds, and how one of them becomes text.
import { getJson } from "./api.ts";
import { NOT_AT_ALL, rank, wordsOf } from "./fitting.ts";
import { Observable } from "./observable.ts";

const FRESH = 5000; // ms for which a list is not asked for again

export interface Prompt {
  id: string;
  command: string;
  name: string;
  /** Empty for one's own. */
  owner: string;
}

export interface Variable {
  name: string;
  type: "text" | "long" | "number" | "date" | "select";
  options: string[];
  default: string;
}

/** What fills itself. */
export type Fills = "today" | "now" | "user" | "clipboard" | "selection";

export type Piece = string | { name: string } | { fills: Fills };

export interface Opened extends Prompt {
  pieces: Piece[];
  variables: Variable[];
}

export class Prompts extends Observable {
  all: readonly Prompt[] = [];
  /** A sentence when the list could not be fetched. */
  problem = "";
  /** Whether the list was ever there. */
  known = false;
  #fetchedAt = -FRESH;

  /** Fetches the list, unless that was just done. */
  async load(now = Date.now()): Promise<void> {
    if (now - this.#fetchedAt < FRESH) return;
    this.#fetchedAt = now;
    try {
      this.all = await getJson<Prompt[]>("/api/prompts");
      this.problem = "";
      this.known = true;
    } catch (error) {
      this.#fetchedAt = -FRESH;
      this.problem = (error as Error).message;
    }
    this.changed();
  }

  /** With its text, and the rights of this moment. Raises ApiError. */
  open(id: string): Promise<Opened> {
    return getJson<Opened>(`/api/prompts/${id}`);
  }

  /** The best first; by the command as well as by the name. */
  fitting(query: string): Prompt[] {
    const words = wordsOf(query);
    const ranked = this.all.map((prompt) => ({ prompt, place: Math.min(rank(words, prompt.command), rank(words, prompt.name, `${prompt.command} ${prompt.owner}`)) }));
    const found = ranked.filter(({ place }) => place < NOT_AT_ALL);
    return (words.length ? found.sort((one, other) => one.place - other.place) : found).map(({ prompt }) => prompt);
  }
}

/** The text with all gaps filled; what was filled in is never looked at for gaps again. */
export function filled(pieces: readonly Piece[], values: ReadonlyMap<string, string>): string {
  return pieces.map((piece) => (typeof piece === "string" ? piece : (values.get(keyOf(piece)) ?? ""))).join("");
}

/** Under which the value of a gap is kept: a variable may have the name of something that fills itself. */
export function keyOf(piece: Exclude<Piece, string>): string {
  return "fills" in piece ? `=${piece.fills}` : piece.name;
}

/** What fills itself in this prompt, each once. */
export function fillsIn(pieces: readonly Piece[]): Fills[] {
  return [...new Set(pieces.flatMap((piece) => (typeof piece !== "string" && "fills" in piece ? [piece.fills] : [])))];
}

/** As a day is written into a text; `iso` is that of a date field. */
export function dayWords(iso: string, language: string): string {
  const [year = 0, month = 1, day = 1] = iso.split("-").map(Number);
  return iso ? new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(new Date(year, month - 1, day)) : "";
}

export function isoDay(now: Date): string {
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
