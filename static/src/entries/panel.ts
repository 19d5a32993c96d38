// The administration's pages about connections: look for servers without keeping the page waiting. Works without this.

import "../css/components/servers.css";
import { followAddress } from "../panel/address.ts";
import { begin, fill, follow } from "../panel/parts.ts";

for (const line of document.querySelectorAll<HTMLElement>("[data-address]")) followAddress(line);
for (const part of document.querySelectorAll<HTMLElement>("[data-part]")) follow(part);
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-begin]")) void begin(form);
for (const part of document.querySelectorAll<HTMLElement>("[data-nearby]")) void fill(part, part.dataset["nearby"] ?? "");

for (const part of document.querySelectorAll<HTMLElement>("[data-again]")) {
  setTimeout(() => location.reload(), Number(part.dataset["again"]) * 1000);
}

// Asking a server takes up to five seconds: say so, and do not ask twice.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const words = form.dataset["busy"];
  if (words === undefined) return;
  const pressed = event.submitter as HTMLButtonElement | null;
  // After the form's data has been gathered, which leaves disabled buttons out.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    if (pressed) pressed.textContent = words;
  });
});
