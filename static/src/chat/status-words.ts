// What a running answer is doing, in words: for the eye with its seconds, for a screen reader without.
import { t, tn } from "../i18n.ts";
import type { Message } from "./message.ts";

const PATIENT = 5; // seconds after which one is told how long it has been

export function statusWords(message: Message, now: number): string {
  if (message.thinking) return t("Thinking for {n} s", { n: message.thinkingFor(now) });
  if (message.stage === "busy") return busyWords(message, now);
  const seconds = message.stageFor(now);
  const words = stageWords(message);
  return isWaiting(message) && seconds >= PATIENT ? t("{words} {n} s", { words, n: seconds }) : words;
}

/** The stage alone: it changes a few times in an answer, and each change may be said aloud. */
export function stageWords(message: Message): string {
  if (message.thinking) return t("The model is thinking…");
  switch (message.stage) {
    case "queued":
      return t("Waits for the answer above");
    case "retrieving":
      return t("Searching the libraries…");
    case "searching":
      return message.detail ? t("Searching the web for “{query}”…", { query: shortened(message.detail) }) : t("Searching the web…");
    case "reading":
      if (message.detail === "files") return t("Reading the attached files…");
      if (message.detail === "links") return t("Reading the linked page…");
      return message.sources.length
        ? tn("Reading {n} passage…", "Reading {n} passages…", message.sources.length)
        : t("Nothing relevant was found…");
    case "tool":
      return message.calls.some(({ state }) => state === "waiting") ? t("Waits for your word") : t("Using a tool…");
    case "loading":
      return t("Loading the model…");
    case "busy":
      return t("The model server is busy.");
    case "drawing":
    case "drawn":
      return t("Drawing…");
    case "generating":
      return t("Writing…");
    default:
      return message.sources.length
        ? tn("{n} passage read, waiting for the model…", "{n} passages read, waiting for the model…", message.sources.length)
        : t("Waiting for the model…");
  }
}

/** Whether its words change with time alone. */
export function ticks(message: Message): boolean {
  return message.thinking || message.stage === "busy" || (message.running && isWaiting(message));
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

/** The server names the seconds it asks for, when it does. */
function busyWords(message: Message, now: number): string {
  const left = Math.ceil(Number(message.detail || 0) - message.stageFor(now));
  return left > 0
    ? tn("The model server is busy: trying again in {n} second…", "The model server is busy: trying again in {n} seconds…", left)
    : t("The model server is busy: trying again…");
}

function isWaiting(message: Message): boolean {
  return ["", "waiting", "loading", "retrieving", "searching"].includes(message.stage);
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
