import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { createFamily, stopFamily } from "./family.ts";
import type { Family } from "./family.ts";
import { giveInput } from "./input.ts";
import { readOutput } from "./output.ts";
import type { Output } from "./output.ts";
import type { ProcessTable } from "./process-table.ts";
import { startError } from "./start-error.ts";
import { createStop } from "./stop.ts";
import type { Stop } from "./stop.ts";
import { sleep } from "./sleep.ts";
import { messageOf } from "../errors.ts";
import type { ProcessCommand, ProcessResult } from "../ports/processes.ts";

/** Carries the ids of the program and of those it runs in: a tutti inside a step of tutti ends with the step. */
const markName = "TUTTI_PROCESS";
/** After everything is stopped a pipe that somebody foreign still writes to is given up after so many `drainMs`. */
const drainRounds = 5;
const pollMs = 20;

interface Settings {
  readonly table: ProcessTable;
  readonly drainMs: number;
  readonly defaultGraceMs: number;
}

/** Runs one program to its end and stops what is left of it; never rejects. */
export async function runProgram(command: ProcessCommand, settings: Settings): Promise<ProcessResult> {
  const startedAt = performance.now();
  const nothing = { ...emptyResult, durationMs: 0 };
  if (command.signal.aborted) return { ...nothing, ended: "aborted" };
  const id = randomUUID();
  const child = await start(command, id);
  if (typeof child === "string") return { ...nothing, ended: "error", error: child };
  const program = new Program(child, { command, settings, id });
  const result = await program.finish();
  return { ...result, durationMs: Math.round(performance.now() - startedAt) };
}

const emptyResult = {
  exitCode: null,
  signal: null,
  stdout: "",
  stderr: "",
  stdoutBytes: 0,
  survivors: [] as readonly number[],
} as const;

type Started = ChildProcess & { readonly pid: number; readonly stdout: Readable; readonly stderr: Readable };

async function start(command: ProcessCommand, id: string): Promise<Started | string> {
  const chain = process.env[markName];
  try {
    const child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: { ...command.env, [markName]: chain ? `${chain}:${id}` : id },
      detached: true,
      stdio: [command.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    if (isStarted(child)) return child;
    const [error] = await once(child, "error").catch((error: unknown) => [error]);
    return startError(error, command);
  } catch (error) {
    return startError(error, command);
  }
}

function isStarted(child: ChildProcess): child is Started {
  return child.pid !== undefined;
}

/** A program that runs: its outputs, its family and the reasons to stop it. */
class Program {
  readonly #child: Started;
  readonly #settings: Settings;
  readonly #graceMs: number;
  readonly #family: Family;
  readonly #stop: Stop;
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #ended: Promise<unknown>;
  #drained = false;

  constructor(
    child: Started,
    {
      command,
      settings,
      id,
    }: { readonly command: ProcessCommand; readonly settings: Settings; readonly id: string },
  ) {
    this.#child = child;
    this.#settings = settings;
    this.#graceMs = command.graceMs ?? settings.defaultGraceMs;
    this.#ended = new Promise((resolve) => {
      child.once("exit", resolve);
    });
    child.on("error", () => {
      // Started programs are watched through the table; what Node could not do to this one shows there.
    });
    this.#family = createFamily({
      table: settings.table,
      root: { pid: child.pid, running: () => !hasEnded(child) },
      mark: { name: markName, holds: (value) => value.split(":").includes(id) },
    });
    this.#stop = createStop(command, () => this.#stdout.blocked);
    const { keepBytes, onLine, onBytes: onStdout, spill } = command;
    const onBytes = (): void => this.#stop.heard();
    this.#stdout = readOutput(child.stdout, {
      keepBytes,
      onBytes,
      take: onStdout,
      onLine: onLine && ((line) => onLine(line, "stdout")),
      spill: spill && this.#stop.whenFails(spill),
    });
    this.#stderr = readOutput(child.stderr, {
      keepBytes,
      onBytes,
      onLine: onLine && ((line) => onLine(line, "stderr")),
    });
    giveInput(child.stdin, command.input);
  }

  async finish(): Promise<Omit<ProcessResult, "durationMs">> {
    void Promise.all([this.#stdout.done, this.#stderr.done]).then(() => (this.#drained = true));
    const first = await Promise.race([this.#ended.then(() => undefined), this.#stop.reason]);
    this.#stop.clockOff();
    const alone = first === undefined && (await this.#leaveAlone());
    const { survivors } = alone ? emptyResult : await stopFamily(this.#family, { graceMs: this.#graceMs });
    // A killed program is gone from the table a moment before its end is told.
    if (!survivors.includes(this.#child.pid)) await this.#ended;
    await this.#drain();
    const stored = await this.#stored();
    this.#stop.off();
    if (!hasEnded(this.#child)) this.#child.unref();
    return {
      ...this.#ending(first),
      ...stored,
      stdout: this.#stdout.text(),
      stderr: this.#stderr.text(),
      stdoutBytes: this.#stdout.bytes,
      survivors,
    };
  }

  /** Gives what the program left in the background a moment to end by itself; true when nothing of it lives. */
  async #leaveAlone(): Promise<boolean> {
    const until = performance.now() + this.#settings.drainMs;
    while (performance.now() < until && this.#stop.given === undefined) {
      const living = await this.#family.living();
      if (living.length === 0) return true;
      await Promise.race([sleep(pollMs), this.#stop.reason]);
    }
    return false;
  }

  /** Reads what is still in the pipes; a pipe that stays open without a word is given up. */
  async #drain(): Promise<void> {
    const { drainMs } = this.#settings;
    const outputs = Promise.all([this.#stdout.done, this.#stderr.done]);
    const last = performance.now() + drainRounds * drainMs;
    let bytes = -1;
    while (!this.#drained && this.#isMoving(bytes) && performance.now() < last) {
      bytes = this.#stdout.bytes + this.#stderr.bytes;
      await Promise.race([outputs, sleep(drainMs)]);
    }
    this.#stdout.giveUp();
    this.#stderr.giveUp();
    await outputs;
  }

  #isMoving(bytesBefore: number): boolean {
    return this.#stdout.blocked || this.#stdout.bytes + this.#stderr.bytes > bytesBefore;
  }

  async #stored(): Promise<{ readonly spilled?: string }> {
    const stored = this.#stdout.stored();
    if (!stored) return {};
    return await stored.then(
      (spilled) => ({ spilled }),
      () => ({}), // why it failed is the reason of the stop
    );
  }

  #ending(first: undefined | Stop["given"]): Pick<ProcessResult, "ended" | "exitCode" | "signal" | "error"> {
    const { exitCode, signalCode } = this.#child;
    const failure = this.#stop.failure;
    const exit = { exitCode, signal: signalCode };
    if (first !== undefined && first !== "error") return { ...exit, ended: first };
    if (failure !== undefined) {
      return { ...exit, ended: "error", error: `Cannot store the output: ${messageOf(failure)}` };
    }
    return { ...exit, ended: signalCode === null ? "exit" : "signal" };
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
