// Two answers that grow next to each other: the page asks how far they are, and is drawn anew when both have ended.

interface Side {
  text: string;
  ended: boolean;
}

interface State {
  left: Side;
  right: Side;
  ended: boolean;
}

const EVERY = 700; // ms
const AWAY = 3000; // ms after which a server that did not answer is asked again

export function followDuel(page: HTMLElement): void {
  void ask(page, page.dataset["duel"] ?? "");
}

async function ask(page: HTMLElement, address: string): Promise<void> {
  let state: State | null = null;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.ok) state = (await answer.json()) as State;
  } catch {
    // The line is away: asked again below.
  }
  if (state?.ended) return location.reload();
  for (const side of ["left", "right"] as const) {
    const box = page.querySelector<HTMLElement>(`[data-side="${side}"]`);
    const words = box?.querySelector("[data-text]");
    if (!state || !box || !words) continue;
    if (words.textContent !== state[side].text) words.textContent = state[side].text;
    box.querySelector("[data-status]")?.toggleAttribute("hidden", state[side].ended);
  }
  setTimeout(() => void ask(page, address), state ? EVERY : AWAY);
}
