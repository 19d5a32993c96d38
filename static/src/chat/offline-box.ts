// Questions that were written without a line and wait in this browser, each with the id under which it is sent once.

export interface Written {
  id: string;
  chat: string | null;
  text: string;
}

const PERSON = "person";
const KEY = "offline";

/** Who uses this browser: on the offline page nobody else can tell. Forgotten when they sign out. */
export function rememberPerson(email: string | null): void {
  try {
    if (email) localStorage.setItem(PERSON, email);
    else localStorage.removeItem(PERSON);
  } catch {
    // A forbidden storage costs the offline page its box.
  }
}

export function person(): string | null {
  return localStorage.getItem(PERSON);
}

export function written(owner: string): Written[] {
  try {
    const kept = JSON.parse(localStorage.getItem(`${KEY}:${owner}`) ?? "[]") as unknown;
    return Array.isArray(kept) ? kept.filter(isWritten) : [];
  } catch {
    return [];
  }
}

/** Whether there was room for it. */
export function write(owner: string, question: Written): boolean {
  return store(owner, [...written(owner), question]);
}

export function strike(owner: string, id: string): void {
  const all = written(owner);
  const left = all.filter((question) => question.id !== id);
  if (left.length < all.length) store(owner, left);
}

function store(owner: string, questions: Written[]): boolean {
  try {
    if (questions.length) localStorage.setItem(`${KEY}:${owner}`, JSON.stringify(questions));
    else localStorage.removeItem(`${KEY}:${owner}`);
    return true;
  } catch {
    return false;
  }
}

function isWritten(value: unknown): value is Written {
  const { id, chat, text } = (value ?? {}) as Record<string, unknown>;
  return typeof id === "string" && typeof text === "string" && (chat === null || typeof chat === "string");
}
