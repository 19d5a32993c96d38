// Closed banners: a cookie, so that the server does not draw them again.

const COOKIE = "closed_banners";
const MOST = 40;
const SECONDS = 180 * 24 * 3600;

export function wireBanners(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-close-banner]")) {
    button.addEventListener("click", () => close(button));
  }
}

function close(button: HTMLButtonElement): void {
  const before = new RegExp(`(?:^|; )${COOKIE}=([\\w.-]*)`).exec(document.cookie)?.[1] ?? "";
  const marks = [...before.split(".").filter(Boolean), button.dataset["closeBanner"]].slice(-MOST);
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${COOKIE}=${marks.join(".")}; path=/; max-age=${SECONDS}; samesite=lax${secure}`;
  const region = button.closest(".banners");
  button.closest(".banner")?.remove();
  if (!region?.querySelector(".banner")) region?.remove();
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
}
