// The administration's pages that look after themselves: health, and a model's seven checks. They work without this.
import "../css/components/health.css";
import { pulse } from "../panel/pulse.ts";

for (const part of document.querySelectorAll<HTMLElement>("[data-pulse]")) pulse(part);
