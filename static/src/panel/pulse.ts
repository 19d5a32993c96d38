// A part of a page that changes by itself: fetched again every some seconds, and only what became different is replaced,
// so that nothing flickers, no focus is lost and what somebody opened stays open.
import { pageOf } from "../trusted.ts";

const SLOWEST = 60_000; // milliseconds between two looks while the server does not answer

/** Follow a part with `data-pulse` (the address of its inside) and `data-every`, until it comes with `data-still`. */
export function pulse(part: HTMLElement): void {
  const every = Number(part.dataset["every"] ?? 5000);
  let pause = every;

  async function look(): Promise<void> {
    if (!document.hidden) {
      const fresh = await inside(part.dataset["pulse"] ?? "");
      pause = fresh ? every : Math.min(pause * 2, SLOWEST);
      if (fresh) adopt(part, fresh);
      if (fresh?.querySelector("[data-still]")) return;
    }
    setTimeout(() => void look(), pause);
  }
  if (!part.querySelector("[data-still]")) setTimeout(() => void look(), pause);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) pause = every;
  });
}

async function inside(address: string): Promise<HTMLElement | null> {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  return (await pageOf(answer)).body;
}

/** Make `old` look like `fresh`: same children are left alone, differing ones are gone through in the same way. */
export function adopt(old: Element, fresh: Element): void {
  if (old.isEqualNode(fresh)) return;
  const [before, after] = [[...old.children], [...fresh.children]];
  const alike = before.length === after.length && before.every((child, place) => sameKind(child, after[place]));
  if (!alike || !before.length || hasText(old) || hasText(fresh)) {
    old.replaceChildren(...fresh.childNodes);
    return;
  }
  for (const [place, child] of before.entries()) {
    const other = after[place];
    if (!other) continue;
    takeAttributes(child, other);
    adopt(child, other);
  }
}

function sameKind(child: Element, other: Element | undefined): boolean {
  return child.tagName === other?.tagName && child.id === other.id;
}

/** Words of its own beside its children, so that it cannot be gone through child by child. */
function hasText(element: Element): boolean {
  return [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
}

function takeAttributes(child: Element, other: Element): void {
  for (const { name } of [...child.attributes]) {
    if (!other.hasAttribute(name) && name !== "open") child.removeAttribute(name);
  }
  for (const { name, value } of other.attributes) {
    if (child.getAttribute(name) !== value) child.setAttribute(name, value);
  }
}
