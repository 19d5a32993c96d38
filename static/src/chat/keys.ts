// What keys do on the chat page. Each browser may bind them anew; the list of them is in elements/key-list.ts.

export type Act = "palette" | "new" | "box" | "list" | "models" | "find" | "earlier" | "later" | "copy" | "help";

const KEPT = "keys";
const ALWAYS = "Mod+/"; // lists all keys, also while somebody writes
const USUAL: Record<Act, string> = {
  palette: "Mod+K",
  new: "Mod+Shift+O",
  box: "Shift+Escape",
  list: "Mod+Shift+S",
  models: "Mod+Shift+M",
  find: "Mod+F",
  earlier: "Alt+ArrowUp",
  later: "Alt+ArrowDown",
  copy: "Mod+Shift+Y",
  help: "?",
};

export function acts(): Act[] {
  return Object.keys(USUAL) as Act[];
}

/** What is bound now, "" for nothing. */
export function bindings(): Record<Act, string> {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Record<Act, string>>;
    return { ...USUAL, ...Object.fromEntries(Object.entries(kept).filter(([act]) => act in USUAL)) };
  } catch {
    return USUAL;
  }
}

/** Binds these keys, and takes them from what they did before. */
export function bind(act: Act, keys: string): void {
  const now = bindings();
  for (const other of acts()) if (now[other] === keys) now[other] = "";
  localStorage.setItem(KEPT, JSON.stringify({ ...now, [act]: keys }));
}

export function unbindAll(): void {
  localStorage.removeItem(KEPT);
}

/** What these keys do; a key without Ctrl, Alt or Command does nothing while somebody writes. */
export function actOf(event: KeyboardEvent): Act | undefined {
  if (event.isComposing || event.defaultPrevented) return undefined;
  const keys = keysOf(event);
  if (!keys || (!/^(Mod|Alt)\+|Escape$/.test(keys) && writes(event.target))) return undefined;
  if (keys === ALWAYS) return "help";
  const bound = bindings();
  return acts().find((act) => bound[act] === keys);
}

/** "Mod+Shift+O": Mod is Ctrl, and Command on a Mac. Letters by their place, since Alt makes other signs of them. */
export function keysOf(event: KeyboardEvent): string {
  if (["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead", "Process"].includes(event.key)) return "";
  const letter = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1];
  const held = event.ctrlKey || event.metaKey || event.altKey;
  const name = held && letter ? letter : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const sign = !held && event.key.length === 1;
  return [event.ctrlKey || event.metaKey ? "Mod" : "", event.altKey ? "Alt" : "", event.shiftKey && !sign ? "Shift" : "", name].filter(Boolean).join("+");
}

function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
