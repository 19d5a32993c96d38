// What this person may still use: tokens, answers at once, room for files. Asked for only where a limit exists.
import { t, tn } from "../i18n.ts";
import { getJson } from "./api.ts";
import { Observable } from "./observable.ts";

export interface Limit {
  limit: number;
  used: number;
  renews_at?: string | null;
}

const KINDS = ["tokens_minute", "tokens_day", "answers_at_once", "storage"] as const;
export type LimitKind = (typeof KINDS)[number];
export type LimitsData = Partial<Record<LimitKind, Limit | null>>;

/** "spent": the next question will be refused. */
export type Tone = "quiet" | "low" | "spent";

export interface Remaining {
  kind: LimitKind;
  left: number;
  limit: number;
  tone: Tone;
  words: string;
}

const LOW = 0.2; // the share that is left when one is told in colour
const AFTER_ANSWER = 400; // ms until the server has counted an answer
const SPARE = 1000; // ms after a renewal

export class Limits extends Observable {
  #data: LimitsData;
  #language: string;
  #renewal = 0;
  #again = 0;

  /** The page brings what holds as it opens. */
  constructor(language: string, data: LimitsData = {}) {
    super();
    this.#language = language;
    this.#data = data;
    this.#waitForRenewal();
  }

  /** A failure is no matter: the server judges each question all the same. */
  async load(): Promise<void> {
    try {
      this.#data = await getJson<LimitsData>("/api/limits");
    } catch {
      return;
    }
    this.#waitForRenewal();
    this.changed();
  }

  /** An answer has ended or a question was refused: what is left is another number, for whoever has a limit. */
  counted(refused = false): void {
    if (!refused && !this.any) return;
    clearTimeout(this.#again);
    this.#again = window.setTimeout(() => void this.load(), AFTER_ANSWER);
  }

  get any(): boolean {
    return KINDS.some((kind) => this.#data[kind]);
  }

  /** What runs out first, or null without a limit that is worth a word now. */
  get remaining(): Remaining | null {
    return this.all.filter(({ kind, tone }) => kind.startsWith("tokens") || tone !== "quiet").sort((one, other) => one.left / one.limit - other.left / other.limit)[0] ?? null;
  }

  get all(): Remaining[] {
    return KINDS.flatMap((kind) => {
      const limit = this.#data[kind];
      return limit && limit.limit > 0 ? [this.#remaining(kind, limit)] : [];
    });
  }

  #remaining(kind: LimitKind, { limit, used, renews_at }: Limit): Remaining {
    const left = Math.max(0, limit - used);
    // One answer of two that may run is no shortage; one token of a thousand is.
    const low = kind === "answers_at_once" ? false : left / limit < LOW;
    const tone = left === 0 ? "spent" : low ? "low" : "quiet";
    return { kind, left, limit, tone, words: words(kind, left, limit, this.#clock(renews_at ?? null), this.#language) };
  }

  /** The hour in the person's own time, with the day when it is not today. */
  #clock(moment: string | null): string {
    if (!moment) return "";
    const at = new Date(moment);
    const today = at.toDateString() === new Date().toDateString();
    return new Intl.DateTimeFormat(this.#language, today ? { timeStyle: "short" } : { weekday: "short", hour: "numeric", minute: "2-digit" }).format(at);
  }

  #waitForRenewal(): void {
    clearTimeout(this.#renewal);
    const spent = KINDS.map((kind) => this.#data[kind]).filter((limit) => limit?.renews_at && limit.used > 0);
    const next = Math.min(...spent.map((limit) => Date.parse(limit?.renews_at ?? "")));
    const wait = next - Date.now() + SPARE;
    if (Number.isFinite(wait) && wait < 3_600_000) this.#renewal = window.setTimeout(() => void this.load(), Math.max(SPARE, wait));
  }
}

function words(kind: LimitKind, left: number, limit: number, clock: string, language: string): string {
  const values = { left: count(left, language), limit: count(limit, language), clock };
  switch (kind) {
    case "tokens_minute":
      return left ? t("{left} of {limit} tokens left this minute", values) : t("No tokens left this minute; more at {clock}", values);
    case "tokens_day":
      return left ? t("{left} of {limit} tokens left today", values) : t("No tokens left today; more at {clock}", values);
    case "answers_at_once":
      return left
        ? tn("{n} more answer may run at the same time", "{n} more answers may run at the same time", left)
        : tn("{n} answer may run at a time, and one is running", "{n} answers may run at a time, and all are running", limit);
    case "storage":
      return left ? t("{left} MB of {limit} MB left for files", { left: megabytes(left), limit: megabytes(limit) }) : t("No room left for files");
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** 12,400 and 1.2 million read more easily than their digits. */
export function count(n: number, language: string): string {
  const compact = n >= 100_000;
  return new Intl.NumberFormat(language, compact ? { notation: "compact", maximumFractionDigits: 1 } : {}).format(n);
}
