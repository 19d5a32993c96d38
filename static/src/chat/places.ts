// Where somebody stopped reading in each chat, for this tab: the first message in sight.

const KEY = "places";
const MOST = 100; // chats

export function placeIn(chat: string | null): number | null {
  return (chat && places()[chat]) || null;
}

/** `null` is the end, where whoever comes back is brought anyhow. */
export function keepPlace(chat: string | null, message: number | null): void {
  if (!chat) return;
  const { [chat]: _before, ...others } = places();
  const kept = Object.entries(message ? { ...others, [chat]: message } : others).slice(-MOST);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // A full or forbidden storage costs the place, not the page.
  }
}

function places(): Record<string, number> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, number>;
  } catch {
    return {};
  }
}
