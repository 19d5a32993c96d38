// Under the field of an address: the form in which the server will ask it, while it is being typed.

const PAUSE = 120; // milliseconds without a key

interface Answer {
  text: string;
  wrong: boolean;
}

/** `line` stands beside its field and says at which address the rules are asked. */
export function followAddress(line: HTMLElement): void {
  const field = line.parentElement?.querySelector<HTMLInputElement>("input");
  if (!field) return;
  const usual = line.textContent ?? "";
  let timer = 0;
  let latest = 0;

  async function look(text: string): Promise<void> {
    const mine = ++latest;
    const query = new URLSearchParams({ text, kind: line.dataset["kind"] ?? "" });
    const reply = await fetch(`${line.dataset["address"]}?${query}`).catch(() => null);
    const answer = reply?.ok ? ((await reply.json().catch(() => null)) as Answer | null) : null;
    if (mine !== latest) return; // a later one is on its way
    line.textContent = answer?.text || usual;
    line.classList.toggle("error", answer?.wrong ?? false);
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(field.value), PAUSE);
  });
}
