// Parts of a page that come or change by themselves: fetched from the server as HTML, put in place of what was there.
import { pageOf } from "../trusted.ts";

const AGAIN = 1000; // milliseconds

/** Fetch the inside of a part; what was there stays when that fails, since its button still works. */
export async function fill(part: HTMLElement, address: string): Promise<void> {
  const fresh = await fetched(address);
  if (fresh) part.replaceChildren(...fresh.body.childNodes);
}

/** A part with `data-part` is not finished: look again until it comes without. */
export function follow(part: HTMLElement): void {
  const address = part.dataset["part"];
  if (!address) return;
  setTimeout(async () => {
    const fresh = (await fetched(address))?.body.firstElementChild;
    if (!(fresh instanceof HTMLElement)) return follow(part);
    part.replaceWith(fresh);
    follow(fresh);
  }, AGAIN);
}

/** A form that is sent at once, whose answer is the part it stands in. */
export async function begin(form: HTMLFormElement): Promise<void> {
  const part = form.closest("section");
  const fresh = (await fetched(form.action, { method: "POST", body: new FormData(form) }))?.body.firstElementChild;
  if (!part || !(fresh instanceof HTMLElement)) return;
  part.replaceWith(fresh);
  follow(fresh);
}

async function fetched(address: string, request: RequestInit = {}): Promise<Document | null> {
  const answer = await fetch(address, { ...request, headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  return pageOf(answer);
}
