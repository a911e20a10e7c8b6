import { setTimeout as delay } from "node:timers/promises";
import type { RunSummary } from "../../verbs/runs.ts";
import { endLine } from "./end-line.ts";
import { openScreen, type Screen } from "./live-screen.ts";
import { holdTerminal } from "./live-terminal.ts";
import { viewRun } from "./live-view.ts";
import { painter } from "./lines.ts";
import { showPlain } from "./plain.ts";
import { RemoteRun, type RemoteStatus, type WatchedTutti } from "./watch-source.ts";
import { layoutTable } from "./watch-table.ts";
import { clockText, glyphsFor, oneLine, statusWord, wantsColour } from "./words.ts";

export interface WatchOptions {
  /** The terminal to draw on; absent, or no terminal: plain lines. */
  readonly out?: NodeJS.WriteStream | undefined;
  /** Takes plain lines, and what cannot be drawn. */
  readonly print: (line: string) => void;
  /** Aborts when watching is to end. */
  readonly signal?: AbortSignal | undefined;
  /** Time between two looks; ms. */
  readonly pollMs?: number;
}

/**
 * Shows a run that another process drives, until it ends or nobody drives it; gives how it stands then. The run is
 * only looked at: leaving the view, or a signal, changes nothing about it. `name`: id, prefix or `@last`.
 */
export async function watchRun(
  tutti: WatchedTutti,
  name: string,
  options: WatchOptions,
): Promise<RemoteStatus> {
  const { out, print, signal, pollMs = 500 } = options;
  const screen = terminalOf(out);
  const stop = new AbortController();
  const ending = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
  const onTrouble = (error: unknown) =>
    print(oneLine(String(error instanceof Error ? error.message : error)));
  const run = await RemoteRun.open(tutti, name, {
    pollMs,
    lines: screen !== undefined,
    signal: ending,
    onTrouble,
  });
  try {
    if (screen) await drawRun(run, { out: screen, signal: ending });
    else await printRun(run, { print, signal: ending });
  } finally {
    stop.abort();
  }
  const status = await run.done;
  print(endLine(run.id, status));
  return status;
}

function terminalOf(out: NodeJS.WriteStream | undefined): NodeJS.WriteStream | undefined {
  return out?.isTTY && process.env["TERM"] !== "dumb" ? out : undefined;
}

function keyboard(): NodeJS.ReadStream | undefined {
  return process.stdin.isTTY ? process.stdin : undefined;
}

async function drawRun(
  run: RemoteRun,
  { out, signal }: { readonly out: NodeJS.WriteStream; readonly signal: AbortSignal },
): Promise<void> {
  const input = keyboard();
  const { gone, release } = holdTerminal({ out, input });
  try {
    await viewRun(run, { out, input, interrupt: "view", signal: AbortSignal.any([signal, gone]) });
  } finally {
    release();
  }
}

async function printRun(
  run: RemoteRun,
  { print, signal }: { readonly print: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const forget = showPlain(run, print);
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve());
  await Promise.race([run.done, aborted.promise]);
  forget();
}

/** Shows all runs, newest first, until the person leaves or the signal aborts; without a terminal, each change. */
export async function watchAll(
  tutti: Pick<WatchedTutti, "runs">,
  options: WatchOptions & { readonly limit?: number },
): Promise<void> {
  const screen = terminalOf(options.out);
  if (screen) return drawAll(tutti, { ...options, out: screen });
  const before = new Map<string, string>();
  let quiet = false;
  await eachLook(tutti, options, (runs) => {
    if (runs.length === 0 && !quiet) options.print("there is no run yet; waiting for one");
    quiet = true;
    for (const run of runs.toReversed()) {
      if (before.get(run.runId) === run.status) continue;
      before.set(run.runId, run.status);
      options.print(changeLine(run));
    }
  });
}

function changeLine({ updatedAt, status, runId, name }: RunSummary): string {
  return `${clockText(updatedAt)} ${statusWord(status).padEnd(12)} ${runId} ${oneLine(name)}`;
}

interface Looking {
  readonly signal?: AbortSignal | undefined;
  readonly pollMs?: number;
  readonly limit?: number;
}

async function eachLook(
  tutti: Pick<WatchedTutti, "runs">,
  { signal, pollMs = 1000, limit = 200 }: Looking,
  look: (runs: readonly RunSummary[]) => void,
): Promise<void> {
  const isOver = () => signal?.aborted === true;
  while (!isOver()) {
    look(await tutti.runs({ limit }));
    await delay(pollMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

async function drawAll(
  tutti: Pick<WatchedTutti, "runs">,
  { out, signal, ...rest }: WatchOptions & { readonly out: NodeJS.WriteStream; readonly limit?: number },
): Promise<void> {
  const input = keyboard();
  const { gone, release } = holdTerminal({ out, input });
  const left = new AbortController();
  const ending = AbortSignal.any([left.signal, gone, ...(signal ? [signal] : [])]);
  let runs: readonly RunSummary[] = [];
  let draw = () => {};
  const screen = await openScreen({
    out,
    input,
    onResize: () => draw(),
    onKey: (key) => {
      if (key === "q" || key === "escape" || key === "interrupt") left.abort();
    },
  });
  draw = () => drawTable(screen, { out, runs });
  try {
    await eachLook(tutti, { ...rest, signal: ending }, (found) => {
      runs = found;
      draw();
    });
  } finally {
    await screen.close();
    release();
  }
}

function drawTable(
  screen: Screen,
  { out, runs }: { readonly out: NodeJS.WriteStream; readonly runs: readonly RunSummary[] },
): void {
  const glyphs = glyphsFor(process.env);
  const hint = keyboard() ? "q leave" : undefined;
  const lines = layoutTable({ runs, now: Date.now(), glyphs, hint }, screen.size());
  screen.draw(lines.map(painter(wantsColour(out, process.env))));
}
