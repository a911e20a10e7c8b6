import type { Instance } from "ink";
import type { ReactElement } from "react";
import type * as Ink from "./ink.ts";
import type { Key } from "./live-keys.ts";
import type { Size } from "./live-layout.ts";
import { bell } from "./out.ts";

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream;
  /** Where keys come from; absent: no keys. */
  readonly input?: NodeJS.ReadStream | undefined;
  readonly onKey: (key: Key) => void;
  /** Hears printable text first; true when it was taken as text and is no key. */
  readonly onText?: (text: string) => boolean;
  readonly onResize: () => void;
  /** Something else wrote to the terminal; it is kept until the screen is closed. */
  readonly onHeld?: (text: string) => void;
}

/** The whole terminal, drawn on; what was on it before comes back when it is closed. */
export interface Screen {
  size(): Size;
  /** Shows these lines, which must fit; at most ten times a second reach the terminal. */
  draw(lines: readonly string[]): void;
  close(): Promise<void>;
}

/** Most frames a second. */
export const mostFrames = 10;

/**
 * Takes the terminal over. Ink and React are loaded here and nowhere else, because they are half of the start-up.
 * The terminal is restored on `close`, on exit and on a signal that ends the process.
 */
export async function openScreen(options: ScreenOptions): Promise<Screen> {
  const { out, input, onResize } = options;
  const ink = await loadInk();
  const element = elementsWith(ink, options);
  const held = holdWrites(out, options.onHeld);
  // Before Ink's own listener, so that it already finds lines of the new size.
  out.on("resize", onResize);
  const instance = orElse(held.release, () =>
    ink.render(element([]), {
      stdout: held.direct,
      ...(input ? { stdin: input } : {}),
      exitOnCtrlC: false,
      patchConsole: false,
      interactive: true,
      alternateScreen: true,
      incrementalRendering: true,
      isScreenReaderEnabled: false,
      maxFps: mostFrames,
    }),
  );
  const onExit = () => {
    instance.unmount();
    held.release();
  };
  process.on("exit", onExit);
  return {
    size: () => sizeOf(out),
    draw: (lines) => instance.rerender(element(lines)),
    close: async () => {
      process.off("exit", onExit);
      out.off("resize", onResize);
      await closed(instance);
      held.release();
    },
  };
}

/**
 * Keeps what others write to the terminal while it is drawn on, because it would tear the picture and be lost with
 * it. `direct` is the stream for drawing; `release` writes what was kept and ends the keeping.
 */
function holdWrites(
  out: NodeJS.WriteStream,
  onHeld: (text: string) => void = () => {},
): { readonly direct: NodeJS.WriteStream; readonly release: () => void } {
  const own = Object.getOwnPropertyDescriptor(out, "write");
  const write = out.write.bind(out);
  const held: (string | Uint8Array)[] = [];
  const direct = new Proxy(out, {
    get: (target, key) => {
      if (key === "write") return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const keep: typeof write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    if (chunk === bell) return write(chunk);
    held.push(chunk);
    onHeld(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
    const callback = rest.at(-1);
    if (typeof callback === "function") process.nextTick(callback);
    return true;
  };
  out.write = keep;
  return {
    direct,
    release: () => {
      if (own) Object.defineProperty(out, "write", own);
      else Reflect.deleteProperty(out, "write");
      for (const chunk of held.splice(0)) out.write(chunk);
    },
  };
}

export function sizeOf({ columns, rows }: { readonly columns?: number; readonly rows?: number }): Size {
  // A terminal that does not know its size says 0.
  return { columns: columns || 80, rows: rows || 24 };
}

/** Does the work; when it fails, `undo` comes before its error, which would else be kept with all that is written. */
function orElse<T>(undo: () => void, work: () => T): T {
  try {
    return work();
  } catch (error) {
    undo();
    throw error;
  }
}

/** Ends Ink; a terminal that is gone is not waited for. */
async function closed(instance: Instance): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, 500);
  instance.unmount();
  await Promise.race([instance.waitUntilExit().catch(() => {}), patience.promise]);
  clearTimeout(timer);
}

/** By this name, because a bundler that knows the variable would put its value in place of every other use. */
const buildChoice: string = "NODE_ENV";

/** React's development build is slow and keeps measurements of every frame: it is chosen while loading. */
async function loadInk(): Promise<typeof Ink> {
  const before = process.env[buildChoice];
  process.env[buildChoice] = "production";
  try {
    return await import("./ink.ts");
  } finally {
    if (before === undefined) delete process.env[buildChoice];
    else process.env[buildChoice] = before;
  }
}

function elementsWith(
  { Box, Text, useInput, createElement }: typeof Ink,
  { input, onKey, onText = () => false }: ScreenOptions,
): (lines: readonly string[]) => ReactElement {
  const Keyboard = (): null => {
    useInput((typed, key) => {
      if (isText(typed, key) && onText(typed)) return;
      for (const each of keysOf(typed, key)) onKey(each);
    });
    return null;
  };
  return (lines) =>
    createElement(
      Box,
      { flexDirection: "column" },
      ...(input ? [createElement(Keyboard, { key: "keyboard" })] : []),
      ...lines.map((line, index) =>
        createElement(Text, { key: index, wrap: "truncate" }, line === "" ? " " : line),
      ),
    );
}

const namedKeys = {
  upArrow: "up",
  downArrow: "down",
  pageUp: "pageup",
  pageDown: "pagedown",
  home: "home",
  end: "end",
  return: "enter",
  escape: "escape",
  backspace: "backspace",
  // what terminals send for the key with the arrow to the left
  delete: "backspace",
} as const satisfies Record<string, Key>;

type Named = Readonly<Record<keyof typeof namedKeys | "ctrl", boolean>>;

function isText(typed: string, key: Named): boolean {
  return typed !== "" && !key.ctrl && Object.keys(namedKeys).every((name) => !key[name as keyof Named]);
}

/** Most letters that a quick hand types before they are read; more is pasted text, which asks for nothing. */
const mostTyped = 4;

/** What was pressed, as Ink tells it, as the view knows it. */
export function keysOf(typed: string, key: Named): readonly Key[] {
  const letters = typed.split("");
  if (letters.length > mostTyped) return [];
  return letters.length > 1 ? letters.map((letter) => keyOf(letter, key)) : [keyOf(typed, key)];
}

function keyOf(typed: string, key: Named): Key {
  if (key.ctrl) return typed === "c" ? "interrupt" : "other";
  for (const [flag, name] of Object.entries(namedKeys)) if (key[flag as keyof Named]) return name;
  switch (typed) {
    case "a":
    case "c":
    case "p":
    case "q":
    case "r":
    case "y":
      return typed;
    case "k":
      return "up";
    case "j":
      return "down";
    default:
      return "other";
  }
}
