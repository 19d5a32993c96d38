// Follows the work of one server: numbers every second, the sections themselves when a job begins or ends.
import { pageOf } from "../trusted.ts";

const EVERY = 1000;
const AT_REST = 15000;

interface Job {
  readonly id: string;
  readonly state: string;
  readonly percent: number | null;
  readonly done: number;
  readonly total: number;
  readonly step: string;
  readonly cancelling: boolean;
}

interface State {
  readonly working: boolean;
  readonly jobs: readonly Job[];
}

export function followJobs(host: HTMLElement): void {
  const address = host.dataset["ollama"] ?? "";
  const parts = { jobs: `${address}?part`, models: host.dataset["state"] ?? "" };
  let working = "working" in host.dataset;

  const look = async (): Promise<void> => {
    const state = document.hidden ? null : await read(address);
    if (state) {
      const changed = shape(host) !== state.jobs.map(({ id, state, cancelling }) => `${id} ${state} ${cancelling}`).join();
      if (changed) {
        await replace(host, "[data-jobs]", parts.jobs);
        await replace(host, "[data-models]", parts.models);
      }
      for (const job of state.jobs) draw(host, job);
      working = state.working;
    }
    setTimeout(() => void look(), working ? EVERY : AT_REST);
  };
  setTimeout(() => void look(), working ? EVERY : AT_REST);
}

async function read(address: string): Promise<State | null> {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok && !answer.redirected ? ((await answer.json()) as State) : null;
}

/** Which jobs are drawn, in which states. */
function shape(host: HTMLElement): string {
  const drawn = [...host.querySelectorAll<HTMLElement>("[data-job]")];
  return drawn.map(({ dataset }) => `${dataset["job"]} ${dataset["state"]} ${"cancelling" in dataset}`).join();
}

function draw(host: HTMLElement, job: Job): void {
  const row = host.querySelector(`[data-job="${job.id}"]`);
  const bar = row?.querySelector("progress");
  if (!row || !bar) return;
  if (job.percent === null) bar.removeAttribute("value");
  else bar.value = job.percent;
  write(row.querySelector("[data-step]"), job.step);
  write(row.querySelector("[data-bytes]"), job.total ? `${bytes(job.done)} / ${bytes(job.total)} · ${job.percent ?? 0} %` : "");
}

function write(place: Element | null, text: string): void {
  if (place && place.textContent !== text) place.textContent = text;
}

async function replace(host: HTMLElement, selector: string, address: string): Promise<void> {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  const part = host.querySelector(selector);
  if (!part || !answer?.ok || answer.redirected) return;
  const page = await pageOf(answer);
  part.replaceChildren(...page.body.childNodes);
}

/** As the server's own pages write sizes. */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let step = 0;
  let left = size;
  while (left >= 1024 && step < units.length - 1) {
    left /= 1024;
    step += 1;
  }
  const digits = step && left < 100 ? 1 : 0;
  const style = { style: "unit", unit: units[step] ?? "byte", minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(document.documentElement.lang, style).format(left);
}
