// What all small menus in the thread do: arrow keys, and a place where they are seen whole.
/** Opens downwards where there is no room above. */
export function place(host: HTMLElement): void {
  const sheet = host.querySelector<HTMLElement>("[role=menu]");
  const above = host.closest(".thread")?.getBoundingClientRect().top ?? 0;
  if (sheet && !("below" in sheet.dataset) && sheet.getBoundingClientRect().top < above) sheet.dataset["below"] = "";
}

/** Arrow keys in an open menu, round and round. */
export function menuKeys(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const menu = event.currentTarget as HTMLElement | null;
  if (!step || !menu) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
  items[(items.indexOf(document.activeElement as HTMLElement) + step + items.length) % items.length]?.focus();
}
