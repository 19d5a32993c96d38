// The page on which a library is shared: people are found while one types, and a choice is saved as it is made.
import { fill } from "../panel/parts.ts";

const PAUSE = 200; // milliseconds after the last key

export function wireSharing(search: HTMLFormElement): void {
  const words = search.querySelector("input") as HTMLInputElement;
  const form = document.querySelector("[data-found-form]") as HTMLFormElement;
  const found = form.querySelector("[data-found]") as HTMLElement;
  let timer = 0;
  let asked = 0;
  const look = async (): Promise<void> => {
    const mine = ++asked;
    const fresh = document.createElement("div");
    await fill(fresh, `?part=found&q=${encodeURIComponent(words.value)}`);
    // What was asked last is shown, whatever comes last.
    if (mine === asked) found.replaceChildren(...fresh.childNodes);
    form.hidden = !words.value.trim();
  };
  words.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), PAUSE);
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    void look();
  });
  for (const each of document.querySelectorAll<HTMLFormElement>("[data-submit-on-change]")) {
    each.addEventListener("change", () => each.requestSubmit());
  }
  for (const element of document.querySelectorAll<HTMLElement>("[data-unscripted]")) element.hidden = true;
}
