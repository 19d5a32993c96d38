// The places of the page that scripts fill, by their data-… names.

export function part(name: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-${name}]`);
  if (!found) throw new Error(`The page has no ${name}.`);
  return found;
}

/** A sentence above the list. */
export function say(sentence: string): void {
  part("told").textContent = sentence;
  part("told").hidden = false;
}

export function token(): string {
  return document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}
