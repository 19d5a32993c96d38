const FIRST = 500;
const LONGEST = 5_000;

/** Milliseconds before attempt `n` (from 0): doubling, capped, and spread so that a restart is not met by all tabs at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** attempt);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
