// The administration's pages about connections: look for servers without keeping the page waiting. Works without this.

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

async function fill(part: HTMLElement, address: string): Promise<void> {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // the button that was there still works
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  part.replaceChildren(...page.body.childNodes);
}
