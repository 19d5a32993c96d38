// How this browser wants pages drawn. Each choice is a cookie, so that the server draws the first paint in it already.

const YEAR = 365 * 24 * 3600;

export function wireLook(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-look]")) {
    button.addEventListener("click", () => void choose(button.dataset["look"] ?? "", button.value));
  }
}

async function choose(name: string, value: string): Promise<void> {
  if (name === "notify" && value === "on" && !(await mayNotify())) return;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  document.documentElement.dataset[name] = value;
  for (const other of document.querySelectorAll<HTMLButtonElement>(`button[data-look="${name}"]`)) {
    other.setAttribute("aria-pressed", String(other.value === value));
  }
}

/** Asks the browser; what it refuses is said where the choice stands, in the words of the page. */
async function mayNotify(): Promise<boolean> {
  const allowed = "Notification" in window && (await Notification.requestPermission()) === "granted";
  const problem = document.querySelector<HTMLElement>("[data-look-problem]");
  if (problem) problem.textContent = allowed ? "" : (problem.dataset["lookProblem"] ?? "");
  return allowed;
}
