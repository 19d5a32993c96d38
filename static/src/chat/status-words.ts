// What a running answer is doing, in words.
import { t, tn } from "../i18n.ts";
import type { Message } from "./message.ts";

export function statusWords(message: Message, now: number): string {
  if (message.thinking) return t("Thinking for {n} s", { n: message.thinkingFor(now) });
  if (message.text && message.stage !== "waiting") return t("Writing…");
  switch (message.stage) {
    case "retrieving":
      return t("Searching the libraries…");
    case "searching":
      return message.detail ? t("Searching the web for “{query}”…", { query: shortened(message.detail) }) : t("Searching the web…");
    case "reading":
      return message.sources.length
        ? tn("Reading {n} passage…", "Reading {n} passages…", message.sources.length)
        : t("Nothing relevant was found…");
    case "generating":
      return t("Writing…");
    default:
      return message.sources.length
        ? tn("{n} passage read, waiting for the model…", "{n} passages read, waiting for the model…", message.sources.length)
        : t("Waiting for the model…");
  }
}

/** What is announced to a screen reader when an answer comes to its end. */
export function endWords(message: Message): string {
  switch (message.state) {
    case "complete":
      return t("The answer is complete.");
    case "stopped":
      return t("The answer was stopped.");
    case "interrupted":
      return t("The answer was interrupted.");
    case "failed":
      return t("The answer failed.");
    default:
      return "";
  }
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
