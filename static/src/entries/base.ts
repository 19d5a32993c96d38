// Every page: theme, menus that close, forms that say they are busy.
import "../css/app.css";
import { closeMenusFromOutside } from "../menus.ts";
import { wireThemeSwitch } from "../theme.ts";

closeMenusFromOutside();
wireThemeSwitch();
