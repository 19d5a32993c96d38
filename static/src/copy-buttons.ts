import { copyText } from "./chat/elements/clipboard.ts";

/** <button data-copy="id of a field"> puts its text on the clipboard. */
export function wireCopyButtons(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[data-copy]");
    const field = document.getElementById(button?.dataset.copy ?? "");
    if (button && (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) {
      field.select();
      void copyText(button, field.value);
    }
  });
}
