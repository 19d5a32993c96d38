// The page that takes chats in: a file can be dropped anywhere on it, and taking in goes on by itself.
import "../css/parts/importing.css";

const form = document.querySelector<HTMLFormElement>("form[data-import]");
const field = form?.querySelector<HTMLInputElement>("input[type=file]");

if (form && field) {
  const drop = form.querySelector<HTMLElement>(".import__drop");
  const send = (): void => {
    const busy = form.querySelector<HTMLElement>("[data-busy]");
    if (busy) busy.textContent = busy.dataset.busy ?? "";
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  };
  form.addEventListener("submit", send);
  field.addEventListener("change", () => field.files?.length && form.requestSubmit());
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop?.classList.add("import__drop--over");
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || drop?.classList.remove("import__drop--over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop?.classList.remove("import__drop--over");
    if (!event.dataTransfer?.files.length) return;
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });
  // Back from the next page the form is to be used again.
  addEventListener("pageshow", () => form.querySelectorAll("button").forEach((button) => (button.disabled = false)));
}

document.querySelector<HTMLFormElement>("form[data-go-on]")?.requestSubmit();
