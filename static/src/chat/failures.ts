// An answer that failed, as a card: what failed, on whose side, and what can be done here. The server's sentence says more.
import { t } from "../i18n.ts";
import type { Message } from "./message.ts";

export interface FailureCard {
  title: string;
  /** Whose side it is on. */
  side: string;
  /** Another model may well answer. */
  otherModel: boolean;
}

export function failureCard(message: Message): FailureCard {
  const code = message.error?.code ?? message.state;
  if (message.origin.image) return { title: t("No picture"), side: OURS.has(code) ? sideOf(code, message) : t("Picture server"), otherModel: false };
  const title = message.text.trim() && BROKEN_OFF.has(code) ? t("The answer broke off") : titleOf(code);
  return { title, side: sideOf(code, message), otherModel: OTHER_MODEL.has(code) };
}

const MODEL_SERVER = new Set([
  "unreachable", "timeout", "unauthorized", "model_not_found", "rate_limited", "overloaded", "bad_request", "bad_response", "cut_off", "empty_answer", "context_too_long",
]);
/** Of a picture; whatever else ends one is its server's. */
const OURS = new Set(["not_allowed", "over_budget", "unreadable_key", "no_room", "not_found", "internal", "interrupted"]);
const BROKEN_OFF = new Set(["unreachable", "timeout", "bad_response", "cut_off", "failed", "internal", "overloaded", "too_large"]);
const OTHER_MODEL = new Set([...MODEL_SERVER, "not_allowed", "no_vision", "unreadable_key", "too_large"]);

function titleOf(code: string): string {
  switch (code) {
    case "interrupted":
      return t("Interrupted");
    case "unreachable":
      return t("The model server cannot be reached");
    case "timeout":
      return t("No answer in time");
    case "unauthorized":
    case "unreadable_key":
      return t("The key was not accepted");
    case "model_not_found":
      return t("The model is gone");
    case "rate_limited":
    case "overloaded":
      return t("The model server is busy");
    case "context_too_long":
      return t("Too long for the model");
    case "empty_answer":
      return t("The model said nothing");
    case "over_budget":
      return t("Your share is used up");
    case "not_allowed":
      return t("Not open to you");
    case "no_vision":
      return t("This model cannot see images");
    case "retrieval_failed":
      return t("The libraries could not be searched");
    case "search_failed":
      return t("The web could not be searched");
    default:
      return t("No answer");
  }
}

function sideOf(code: string, message: Message): string {
  if (code === "context_too_long") return t("Length of the chat");
  if (MODEL_SERVER.has(code)) return [t("Model server"), message.host].filter(Boolean).join(" · ");
  switch (code) {
    case "not_allowed":
    case "over_budget":
      return t("Your permissions");
    case "no_vision":
      return t("Choice of model");
    case "unreadable_key":
      return t("Set-up of this site");
    case "retrieval_failed":
      return t("Libraries");
    case "search_failed":
      return t("Search engine");
    default:
      return t("This site");
  }
}

/** What somebody who helps wants to know. */
export function failureDetails(message: Message, chat: string | null): string {
  const { error, model, host, id, seq, stage } = message;
  const lines = {
    code: error?.code ?? message.state,
    model: model?.id,
    connection: host,
    stage,
    chat,
    message: `${id}, frame ${seq}`,
    time: message.createdAt.toISOString(),
  };
  return Object.entries(lines).filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`).join("\n");
}
