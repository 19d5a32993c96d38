// The arena, comparisons and notes. All of it works without this but for answers that grow.
import "../css/components/access.css";
import "../css/components/judgement.css";
import "../css/components/usage.css";
import { followDuel } from "../judgement/duel.ts";

for (const page of document.querySelectorAll<HTMLElement>("[data-duel]")) followDuel(page);
const note = document.querySelector<HTMLFormElement>("form[data-note]");
if (note) void import("../judgement/note.ts").then(({ previewNote }) => previewNote(note));
