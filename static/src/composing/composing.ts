// What the composer loads when somebody asks for it: the list of prompts and the form of their gaps.
import "../chat/shared.ts";
import "./prompt-list.ts";
import { type Fills, fillsIn, filled, keyOf, type Opened } from "../chat/prompts.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import { PromptForm } from "./prompt-form.ts";
import { SettingsForm } from "./settings-form.ts";

export interface Around {
  /** What was marked last. */
  marked: string;
  language: string;
  user: string;
}

export function showSettings(page: ChatPage): void {
  document.body.append(Object.assign(new SettingsForm(), { page }));
}

/** The text of a prompt with its gaps filled; asks for what is not known. Null when whoever was asked did not want to. */
export async function ask(prompt: Opened, around: Around): Promise<string | null> {
  const values = new Map<string, string>();
  const asked: Fills[] = [];
  for (const fills of fillsIn(prompt.pieces)) {
    const value = await known(fills, around);
    values.set(keyOf({ fills }), value);
    if (!value) asked.push(fills);
  }
  if (!prompt.variables.length && !asked.length) return filled(prompt.pieces, values);
  const form = new PromptForm();
  Object.assign(form, { prompt, values, asked, language: around.language });
  document.body.append(form);
  return form.answer;
}

async function known(fills: Fills, { marked, language, user }: Around): Promise<string> {
  const now = new Date();
  switch (fills) {
    case "today":
      return new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(now);
    case "now":
      return new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(now);
    case "user":
      return user;
    case "selection":
      return marked;
    case "clipboard":
      return clipboard();
  }
}

/** Empty when the browser does not let the page read it: then it is pasted by hand. */
async function clipboard(): Promise<string> {
  try {
    return (await navigator.clipboard.readText()).replaceAll("\r\n", "\n");
  } catch {
    return "";
  }
}

