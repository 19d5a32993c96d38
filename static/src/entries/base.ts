// Every page: its look, menus that close, buttons that copy.
import "../css/app.css";
import { wireBanners } from "../banners.ts";
import { wireCopyButtons } from "../copy-buttons.ts";
import { wireLook } from "../look.ts";
import { closeMenusFromOutside } from "../menus.ts";

// Whoever signed out is not the one who writes offline.
if (document.querySelector("form[action$='/accounts/login/']")) localStorage.removeItem("person");
closeMenusFromOutside();
wireLook();
wireCopyButtons();
wireBanners();
// On a phone the tabs scroll; the one that is open is to be seen.
for (const tabs of document.querySelectorAll(".tabs, .subtabs")) {
  const open = tabs.querySelector<HTMLElement>('[aria-current="page"]');
  if (open && tabs.scrollWidth > tabs.clientWidth) tabs.scrollLeft += open.getBoundingClientRect().left - tabs.getBoundingClientRect().left - (tabs.clientWidth - open.offsetWidth) / 2;
}
