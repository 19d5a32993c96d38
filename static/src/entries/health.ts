// The administration's pages that look after themselves: health, and a model's seven checks. They work without this.
import "../css/components/health.css";
import "../css/components/checks.css";
import "../css/components/home.css";
import "../css/components/print.css";
import { pulse } from "../panel/pulse.ts";

for (const part of document.querySelectorAll<HTMLElement>("[data-pulse]")) pulse(part);

// The button comes with the part, when the run has ended: so it is shown by what watches the part.
function showPrint(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print][hidden]")) button.hidden = false;
}
showPrint();
new MutationObserver(showPrint).observe(document.body, { childList: true, subtree: true });
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
});
