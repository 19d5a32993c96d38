// The pages of assistants: shows the chosen picture before it is sent. Works without this.
import "../css/components/assistants.css";

const chosen = document.querySelector<HTMLInputElement>('input[type="file"][name="file"]');

chosen?.addEventListener("change", () => {
  const file = chosen.files?.[0];
  if (!file?.type.startsWith("image/")) return;
  const shown = document.createElement("img");
  shown.className = "face";
  shown.alt = "";
  shown.src = URL.createObjectURL(file);
  chosen.parentElement?.querySelector(".face")?.remove();
  chosen.before(shown);
});
