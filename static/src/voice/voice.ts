// Everything that hears and speaks, in one bundle: it comes with the first click on one of its buttons.
import "../chat/shared.ts";
import { t } from "../i18n.ts";
import type { ChatPage } from "../chat/chat-page.ts";
import type { Message } from "../chat/message.ts";
import { BrowserEars, type Heard } from "./browser-ears.ts";
import { house } from "./house.ts";
import { Reading } from "./reading.ts";
import { ReadingBar } from "./reading-bar.ts";
import { ServerEars } from "./server-ears.ts";
import { TalkPanel } from "./talk-panel.ts";
import { Talking } from "./talking.ts";

const reading = new Reading();

/** Reads it aloud, or is silent when it was reading it. */
export function readAloud(message: Message): void {
  if (reading.message === message) return reading.stop();
  const foot = document.querySelector(".chat__foot");
  let bar = document.querySelector<ReadingBar>("reading-bar");
  if (!bar) {
    bar = new ReadingBar();
    bar.reading = reading;
    foot?.prepend(bar);
  }
  document.querySelector("talk-panel")?.remove();
  void reading.read(message);
  bar.focusPause();
}

export interface Ears {
  start(): void;
  stop(): void;
}

/** Whoever this person wants, or whoever can. */
export async function earsFor(heard: Heard, silence: number, browserCan: boolean): Promise<Ears> {
  const { hears, ears } = await house();
  if (browserCan && (!hears || ears === "browser")) return new BrowserEars(heard, silence);
  if (!hears) throw new Error(t("Neither this server nor this browser can write down what is said."));
  return new ServerEars(heard, silence);
}

export function talk(page: ChatPage): void {
  reading.stop();
  const panel = new TalkPanel();
  panel.talking = new Talking(page);
  document.querySelector(".chat__foot")?.prepend(panel);
  void panel.talking.start();
}
