// The theme is a cookie, so that the server draws the first paint in it already.
type Theme = "system" | "light" | "dark";

const YEAR = 365 * 24 * 3600;

export function wireThemeSwitch(): void {
  const buttons = document.querySelectorAll<HTMLButtonElement>("button[data-set-theme]");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      choose(button.dataset["setTheme"] as Theme);
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}

function choose(theme: Theme): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  if (theme === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset["theme"] = theme;
}
