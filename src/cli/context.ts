import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { TuttiOptions } from "../engine.ts";
import { TuttiError } from "../errors.ts";
import type { Tutti } from "../verbs/tutti.ts";
import { isDetachedChild } from "./detach.ts";
import { keepHeapLean } from "./lean-heap.ts";
import type { Out } from "./render/out.ts";

/** Flags that every verb takes. */
export interface Globals {
  readonly home?: string;
  readonly cwd?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** What a verb works with. */
export interface Context {
  readonly out: Out;
  readonly json: boolean;
  /** Where relative paths of the command line begin; absolute. */
  readonly cwd: string;
  /** The command line as it was typed. */
  readonly argv: readonly string[];
  /** Opens tutti; what was opened before is closed. State is `auto` unless said otherwise: nothing is made. */
  readonly open: (options?: Omit<TuttiOptions, "cwd" | "home" | "onTrouble">) => Promise<Tutti>;
}

export interface OpenedContext extends Context {
  readonly close: () => Promise<void>;
}

export function createContext(
  globals: Globals,
  { out, argv }: { readonly out: Out; readonly argv: readonly string[] },
): OpenedContext {
  const cwd = directory(globals.cwd);
  const home = globals.home === undefined ? {} : { home: absolute(globals.home) };
  let tutti: Tutti | undefined;
  // What is checked before a run is checked again by the run itself.
  const told = new Set<string>();
  const onTrouble = ({ code, message, fix }: TuttiError): void => {
    const line = `${code}: ${message}`;
    if (!told.has(line)) out.note(line, `fix: ${fix}`);
    told.add(line);
  };
  const close = async (): Promise<void> => {
    const last = tutti;
    tutti = undefined;
    await last?.close();
  };
  // what a person types is for keys; what was started in the background has none
  const stdin = process.stdin.isTTY || isDetachedChild() ? {} : { stdin: () => process.stdin };
  // who looks at the screen of a run may answer there
  const stay = out.screen ? {} : { stayAskedMs: shortMs };
  return {
    out,
    argv,
    cwd,
    json: globals.json,
    open: async (options) => {
      await close();
      // The engine brings all drivers: a verb that needs none of them does not pay for it.
      const { openTutti } = await import("../engine.ts");
      const onNotice = (lines: readonly string[]) => out.alert(...lines);
      tutti = await openTutti({
        state: "auto",
        stay,
        ...stdin,
        ...options,
        ...home,
        cwd,
        onTrouble,
        onNotice,
        onPipeline: keepHeapLean,
      });
      return tutti;
    },
    close,
  };
}

/** A deadline that passes so soon is waited for also where nobody looks on. */
const shortMs = 60_000;

function directory(given: string | undefined): string {
  const cwd = absolute(given ?? ".");
  if (existsSync(cwd) && statSync(cwd).isDirectory()) return cwd;
  throw new TuttiError("FILE_NOT_FOUND", `Cannot work in "${given ?? cwd}": there is no such folder`, {
    fix: "check what --cwd names",
  });
}

/** A path of the command line. An absolute one is good also where the current folder was removed. */
function absolute(path: string): string {
  if (isAbsolute(path)) return path;
  try {
    return resolve(process.cwd(), path);
  } catch (cause) {
    throw new TuttiError(
      "FILE_NOT_FOUND",
      `Cannot find "${path}": the current folder does not exist any more`,
      {
        fix: "change into a folder that exists, or name one with --cwd",
        cause,
      },
    );
  }
}
