// What one chat is answered with unlike others. What is not in here is "default": left to the model server.
import type { ChatPage } from "./chat-page.ts";

export interface ChatParams {
  temperature?: number;
  top_p?: number;
  max_tokens?: number;
  seed?: number;
  stop?: string[];
  think?: boolean;
  reasoning_effort?: string;
}

export interface ChatSettings {
  params: ChatParams;
  /** Instructions that stand before all that is said. */
  system: string;
}

export const DEFAULTS: ChatSettings = { params: {}, system: "" };

export const LEVELS = ["low", "medium", "high"] as const;

/** How many of them are not default; thinking has a switch of its own and is not counted with `besides`. */
export function howMany({ params, system }: ChatSettings, besides = false): number {
  const set = Object.entries(params).filter(([name, value]) => value !== undefined && !(besides && /^(think|reasoning_effort)$/.test(name)));
  return set.length + (system.trim() ? 1 : 0);
}

/** As the switch has it: "" for default, "on" and "off", or a level. */
export function thinkingOf({ params }: ChatSettings, kind: "switch" | "levels"): string {
  if (kind === "levels") return params.reasoning_effort ?? "";
  return params.think === undefined ? "" : params.think ? "on" : "off";
}

/** The same settings with another word for thinking; a model of the other kind finds nothing left over. */
export function withThinking(settings: ChatSettings, value: string): ChatSettings {
  const { think: _think, reasoning_effort: _effort, ...rest } = settings.params;
  const said: ChatParams = value === "" ? {} : value === "on" || value === "off" ? { think: value === "on" } : { reasoning_effort: value };
  return { ...settings, params: { ...rest, ...said } };
}

/** Of the temporary chat while one is open, else of the open chat or of the one that begins with the next question. */
export function settingsOf({ keeping, choices }: ChatPage): ChatSettings {
  return keeping.temporary?.settings ?? choices.settings;
}

/** Raises ApiError. */
export async function arrange({ keeping, choices, conversation }: ChatPage, settings: ChatSettings): Promise<void> {
  if (keeping.temporary) keeping.temporary.arrange(settings);
  else await choices.arrange(conversation.id, settings);
}
