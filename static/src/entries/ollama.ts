// The pages of Ollama servers: work is followed while it goes on, and weights are sent in pieces. Pulls work without this.
import "../css/components/ollama.css";
import "./panel.ts";
import { followJobs } from "../ollama/jobs.ts";
import { sendWeights } from "../ollama/weights.ts";

const host = document.querySelector<HTMLElement>("[data-ollama]");
if (host) followJobs(host);
const form = document.querySelector<HTMLFormElement>("form[data-making]");
if (form) sendWeights(form);
