// The figures of one answer in words: what it read and wrote, how fast, why it ended, who wrote it.
import { t } from "../i18n.ts";
import { count } from "./limits.ts";
import type { Message } from "./message.ts";

export function answerFacts(message: Message, language: string): string[] {
  const { prompt_tokens: read, completion_tokens: written, first_token_ms: first, tokens_per_second: speed } = message.usage;
  return [
    read ? t("{n} tokens read", { n: count(read, language) }) : "",
    written ? t("{n} tokens written", { n: count(written, language) }) : "",
    first ? t("first word after {n} s", { n: seconds(first, language) }) : "",
    speed ? t("{n} tokens a second", { n: count(speed < 10 ? Math.round(speed * 10) / 10 : Math.round(speed), language) }) : "",
    endReason(message),
    writer(message),
  ].filter(Boolean);
}

export function endReason(message: Message): string {
  switch (message.finishReason) {
    case "stop":
      return t("ended by itself");
    case "length":
      return t("cut at its longest answer");
    case "stopped":
      return t("stopped by you");
    case "content_filter":
      return t("ended by the server's filter");
    default:
      return message.finishReason ?? "";
  }
}

function writer(message: Message): string {
  const model = message.model?.name ?? "";
  return model && message.host ? t("{model} on {host}", { model, host: message.host }) : model;
}

function seconds(ms: number, language: string): string {
  const digits = ms < 10_000 ? 1 : 0;
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(ms / 1000);
}
