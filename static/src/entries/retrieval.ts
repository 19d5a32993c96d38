// The page about how libraries are searched: says that a trial is under way, and follows what is filled. Works without.
import "../css/components/retrieval.css";
import "./panel.ts";
import { pulse } from "../panel/pulse.ts";

for (const part of document.querySelectorAll<HTMLElement>("[data-pulse]")) pulse(part);
