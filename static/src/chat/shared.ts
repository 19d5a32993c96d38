// What the first page and the parts that come later have in common. Each later part imports it whole: the bundler makes
// one file of all modules that the same parts reach, and would else make one of each.
import "lit/directives/keyed.js";
import "lit/directives/repeat.js";
import "../markdown/frames.ts";
import "../markdown/links.ts";
import "../markdown/live-markdown.ts";
import "../markdown/parse.ts";
import "../sheets.ts";
import "./api.ts";
import "./chat-settings.ts";
import "./checks.ts";
import "./elements/clipboard.ts";
import "./elements/icon.ts";
import "./elements/marked.ts";
import "./elements/popup.ts";
import "./elements/source-card.ts";
import "./fitting.ts";
import "./host-mark.ts";
import "./ids.ts";
import "./keys.ts";
import "./limits.ts";
import "./message.ts";
import "./passages.ts";
import "./prompts.ts";
import "./ratings.ts";
import "./status-words.ts";
