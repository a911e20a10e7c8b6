import { oneLine } from "./words.ts";

/** A key as the view knows it; a letter stands for itself. */
export type Key =
  | "up"
  | "down"
  | "pageup"
  | "pagedown"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "backspace"
  | "interrupt"
  | "a"
  | "c"
  | "p"
  | "q"
  | "r"
  | "y"
  | "other";

/** What the person looks at. */
export interface Ui {
  /**
   * `tree`: all steps. `output`: what the selected step printed. `confirm`: whether to cancel. `approve`:
   * whether to say so of the selected step. `reject`: why it is refused.
   */
  readonly mode: "tree" | "output" | "confirm" | "approve" | "reject";
  /** Address; without one the view shows what matters. */
  readonly selected?: string;
  /** Lines scrolled back from the end of the output. */
  readonly back: number;
  /** What was typed so far, where a text is asked for. */
  readonly typed?: string;
}

export const firstUi: Ui = { mode: "tree", back: 0 };

/** What a key asks of the run or the view. */
export type Act = "pause" | "resume" | "cancel" | "approve" | "reject" | "leave" | "interrupt";

export interface KeyContext {
  /** Addresses of all nodes in plan order. */
  readonly order: readonly string[];
  /** Addresses that are drawn now. */
  readonly shown: readonly string[];
  /** How far a page key goes. */
  readonly page: number;
  /** Lines of output that are kept of the selected step. */
  readonly outputLines: number;
  readonly paused: boolean;
  /** Address of the approval that can be given or refused from here. */
  readonly approval?: string | undefined;
}

/** Longest text that can be typed; characters. */
const mostTyped = 500;

/** What follows from typed text; undefined where keys are commands. */
export function type(ui: Ui, text: string): Ui | undefined {
  if (ui.mode !== "reject") return undefined;
  return { ...ui, typed: `${ui.typed ?? ""}${oneLine(text)}`.slice(0, mostTyped) };
}

/** The view's next state, and what to do; of a no: why. */
export interface Pressed {
  readonly ui: Ui;
  readonly act?: Act;
  readonly reason?: string;
}

/** What follows from a key. */
export function press(ui: Ui, key: Key, context: KeyContext): Pressed {
  if (key === "interrupt") return { ui, act: "interrupt" };
  if (ui.mode === "reject") return whileTyping(ui, key);
  const sought = confirmed[ui.mode];
  if (sought) {
    const asked: Ui = { ...ui, mode: "tree" };
    return key === "y" || key === sought.key ? { ui: asked, act: sought.act } : { ui: asked };
  }
  switch (key) {
    case "q":
      return { ui, act: "leave" };
    case "p":
      return { ui, act: context.paused ? "resume" : "pause" };
    case "c":
      return { ui: { ...ui, mode: "confirm" } };
    case "a":
    case "r":
      return { ui: sayOf(ui, key, context) };
    default:
      return { ui: ui.mode === "output" ? inOutput(ui, { key, context }) : inTree(ui, { key, context }) };
  }
}

/** Modes that ask for a yes: which key says it too, and what follows. */
const confirmed: Partial<Record<Ui["mode"], { readonly key: Key; readonly act: Act }>> = {
  confirm: { key: "c", act: "cancel" },
  approve: { key: "a", act: "approve" },
};

/** A no needs a reason: without one it is not said. */
function whileTyping({ typed = "", ...ui }: Ui, key: Key): Pressed {
  switch (key) {
    case "escape":
      return { ui: { ...ui, mode: "tree" } };
    case "backspace":
      return { ui: { ...ui, typed: Array.from(typed).slice(0, -1).join("") } };
    case "enter":
      return typed.trim() === ""
        ? { ui: { ...ui, typed } }
        : { ui: { ...ui, mode: "tree" }, act: "reject", reason: typed.trim() };
    default:
      return { ui: { ...ui, typed } };
  }
}

function sayOf(ui: Ui, key: "a" | "r", { approval }: KeyContext): Ui {
  if (approval === undefined) return ui;
  return { mode: key === "a" ? "approve" : "reject", selected: approval, back: 0 };
}

interface InMode {
  readonly key: Key;
  readonly context: KeyContext;
}

function inOutput(ui: Ui, { key, context }: InMode): Ui {
  if (key === "enter" || key === "escape") return { ...ui, mode: "tree", back: 0 };
  const steps: Partial<Record<Key, number>> = {
    up: 1,
    down: -1,
    pageup: context.page,
    pagedown: -context.page,
    home: context.outputLines,
    end: -context.outputLines,
  };
  const most = Math.max(0, context.outputLines - context.page);
  return { ...ui, back: Math.min(most, Math.max(0, ui.back + (steps[key] ?? 0))) };
}

function inTree(ui: Ui, { key, context }: InMode): Ui {
  const { order, shown, page } = context;
  switch (key) {
    case "up":
      return ui.selected === undefined ? select(ui, shown.at(-1)) : move(ui, { order, by: -1 });
    case "down":
      return ui.selected === undefined ? select(ui, shown[0]) : move(ui, { order, by: 1 });
    case "pageup":
      return ui.selected === undefined ? select(ui, shown[0]) : move(ui, { order, by: -page });
    case "pagedown":
      return ui.selected === undefined ? select(ui, shown.at(-1)) : move(ui, { order, by: page });
    case "home":
      return select(ui, order[0]);
    case "end":
      return select(ui, order.at(-1));
    case "enter":
      return opened(ui, shown[0]);
    case "escape":
      return firstUi;
    default:
      return ui;
  }
}

function opened(ui: Ui, first: string | undefined): Ui {
  const selected = ui.selected ?? first;
  return selected === undefined ? ui : { mode: "output", selected, back: 0 };
}

function select(ui: Ui, address: string | undefined): Ui {
  return address === undefined ? ui : { ...ui, selected: address };
}

function move(ui: Ui, { order, by }: { readonly order: readonly string[]; readonly by: number }): Ui {
  const at = order.indexOf(ui.selected ?? "");
  return select(ui, order[Math.min(order.length - 1, Math.max(0, at + by))]);
}
