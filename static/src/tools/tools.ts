// What the page loads where there are tools: the menu of the composer and the cards of calls.
import "../chat/shared.ts";
import "./tool-calls.ts";
import "./tool-menu.ts";
