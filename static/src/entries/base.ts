// Every page: theme, menus that close, buttons that copy.
import "../css/app.css";
import { wireCopyButtons } from "../copy-buttons.ts";
import { closeMenusFromOutside } from "../menus.ts";
import { wireThemeSwitch } from "../theme.ts";

closeMenusFromOutside();
wireThemeSwitch();
wireCopyButtons();
