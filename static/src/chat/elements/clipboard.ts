import { t } from "../../i18n.ts";

const SHOWN = 1500; // ms

/** Copies and says so on the button, for eyes and for screen readers. */
export async function copyText(button: HTMLButtonElement, text: string): Promise<void> {
  let words = t("Copied");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain http from another machine has no clipboard API.
    if (!copyBySelection(text)) words = t("Copying is not allowed here");
  }
  const note = document.createElement("span");
  note.className = "copied";
  note.setAttribute("role", "status");
  note.textContent = words;
  button.append(note);
  setTimeout(() => note.remove(), SHOWN);
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement as HTMLElement | null;
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "visually-hidden";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  focused?.focus();
  return done;
}
