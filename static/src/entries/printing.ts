// The page for the printer: its dialog opens once the page stands.
import "../css/parts/printing.css";

document.querySelector("[data-print]")?.addEventListener("click", () => print());
addEventListener("load", () => print(), { once: true });
