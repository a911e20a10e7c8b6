import { isFinal, nodeAt, type RunState } from "../core/state.ts";
import { TuttiError } from "../errors.ts";
import { defined } from "../language/defined.ts";
import type { DeadLetter } from "../ports/stream-store.ts";
import { allLetters, lettersOf } from "./dead-letters.ts";
import { requireRecords } from "./left-streams.ts";
import type { Parts } from "./parts.ts";
import { resume } from "./resume.ts";
import type { RunHandle } from "./run-handle.ts";
import { readState } from "./run-state.ts";
import { findRun } from "./runs.ts";
import { type LettersOptions, listStreams, streamsOf } from "./streams.ts";

export interface ReplayOptions extends Pick<LettersOptions, "address" | "stage"> {
  /** Their numbers; absent: all. */
  readonly letters?: readonly number[];
}

/**
 * What became of letters that are to go back to where they died. `driven`: the run had ended, and goes on with them in this
 * process. `sent`: the process that drives the run has them. `kept`: they go back when the run goes on.
 */
export type Replay = { readonly count: number; readonly left?: LeftLetters } & (
  | { readonly end: "driven"; readonly handle: RunHandle }
  | { readonly end: "sent"; readonly owner: string }
  | { readonly end: "kept" }
  | { readonly end: "none" }
);

/** Letters that were asked for and stay where they are. */
export interface LeftLetters {
  readonly count: number;
  /** The first of them. */
  readonly letters: readonly LeftLetter[];
}

/** `unreadable`: it is no whole record. `elsewhere`: it did not die in the stage that was named. */
export interface LeftLetter extends Pick<DeadLetter, "letter" | "code" | "origin"> {
  readonly why: "unreadable" | "elsewhere";
}

/** Letters of one pipeline. */
export interface ReplayedLetters {
  readonly address: string;
  readonly letters: readonly number[];
}

/** Puts dead letters back to where they died. It is durable before anything else: whoever drives the run takes them. */
export async function replayDead(parts: Parts, runId: string, options: ReplayOptions = {}): Promise<Replay> {
  const state = await readState(parts, runId);
  const { replay, left } = await chosen(parts, runId, options);
  const count = replay.reduce((sum, { letters }) => sum + letters.length, 0);
  const told = { count, ...(left.count > 0 ? { left } : {}) };
  if (count === 0) return { end: "none", ...told };
  for (const { address } of replay) await requireSamePlaces(parts, state, address);
  if (isFinal(state.status))
    return { end: "driven", ...told, handle: await resume(parts, runId, { replay }) };
  for (const { address } of replay) requireUnended(state, address);
  for (const one of replay) await parts.store.post(runId, { type: "replay", at: parts.clock.now(), ...one });
  const { owner } = await findRun(parts, runId);
  if (owner === undefined) return { end: "kept", ...told };
  const missed = await missedBy(parts, runId, replay);
  if (missed.length === 0) return { end: "sent", ...told, owner };
  return { end: "driven", ...told, handle: await resume(parts, runId, { replay: missed }) };
}

/** What the run came to its end without, before it had heard of it. Resolves when it has heard of all. */
async function missedBy(
  parts: Parts,
  runId: string,
  replay: readonly ReplayedLetters[],
): Promise<readonly ReplayedLetters[]> {
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const state = await readState(parts, runId);
    if (isFinal(state.status)) return stillThere(parts, runId, replay);
    const isHeard = replay.every(({ address, letters }) => {
      const heard = new Set(state.children.get(address)?.replay);
      return letters.every((letter) => heard.has(letter));
    });
    if (isHeard) return [];
    for (const { address } of replay) requireUnended(state, address);
    await new Promise<void>((resolve) => parts.clock.at(parts.clock.now() + lookAgainMs, resolve));
  }
  // it is busy: the message waits for it
  return [];
}

const lookAgainMs = 50;
const mostLooks = 100;

async function stillThere(
  parts: Parts,
  runId: string,
  replay: readonly ReplayedLetters[],
): Promise<readonly ReplayedLetters[]> {
  const { store } = await streamsOf(parts, runId);
  const found = await Promise.all(
    replay.map(async ({ address, letters }) => {
      const left = await lettersOf(store, { runId, address }, letters);
      return { address, letters: left.map(({ letter }) => letter) };
    }),
  );
  return found.filter(({ letters }) => letters.length > 0);
}

interface Chosen {
  readonly replay: readonly ReplayedLetters[];
  readonly left: LeftLetters;
}

/** Of those that stay so many are named. */
const mostLeft = 5;

async function chosen(parts: Parts, runId: string, options: ReplayOptions): Promise<Chosen> {
  const { store, addresses: all } = await streamsOf(parts, runId);
  if (all.length === 0) await requireRecords(parts, runId);
  const { address: only, letters } = options;
  const addresses = all.filter((address) => only === undefined || address === only);
  const [first, second] = addresses;
  if (first === undefined) throw noPipeline(runId, only);
  if (letters && second !== undefined) throw ambiguous(first);
  const unknown = new Set(letters);
  const left: LeftLetter[] = [];
  let leftCount = 0;
  const found = await Promise.all(
    addresses.map(async (address) => {
      const numbers: number[] = [];
      for await (const one of allLetters(store, { runId, address })) {
        unknown.delete(one.letter);
        const fate = fateOf(one, options);
        if (fate === "goes") numbers.push(one.letter);
        if (fate === "goes" || fate === "unasked") continue;
        const { letter, code, origin } = one;
        leftCount += 1;
        if (left.length < mostLeft) left.push({ letter, code, ...defined({ origin }), why: fate });
      }
      return { address, letters: numbers };
    }),
  );
  if (unknown.size > 0) throw noLetter(runId, [...unknown]);
  return {
    replay: found.filter((one) => one.letters.length > 0),
    left: { count: leftCount, letters: left },
  };
}

/** What was cut, or never became a record, cannot go anywhere. */
function fateOf(
  { letter, whole, stage: diedIn }: DeadLetter,
  { letters, stage }: ReplayOptions,
): "goes" | "unasked" | LeftLetter["why"] {
  if (letters !== undefined && !letters.includes(letter)) return "unasked";
  if (stage !== undefined && diedIn !== stage) return letters === undefined ? "unasked" : "elsewhere";
  return whole && diedIn !== undefined ? "goes" : "unreadable";
}

function noLetter(runId: string, letters: readonly number[]): TuttiError {
  const what = `the ${letters.length === 1 ? "letter" : "letters"} ${letters.join(", ")}`;
  return new TuttiError("USAGE", `Cannot replay ${what}: there is no dead letter of this number`, {
    fix: `see: tutti pipeline dead ${runId}; without a number all are replayed`,
  });
}

function ambiguous(address: string): TuttiError {
  return new TuttiError(
    "USAGE",
    "Cannot tell which letters are meant: the run has several pipelines, and each counts its own",
    { fix: `name the pipeline, such as "${address}"` },
  );
}

function noPipeline(runId: string, address: string | undefined): TuttiError {
  const what =
    address === undefined ? "it has no pipeline that has begun" : `it has no pipeline "${address}"`;
  return new TuttiError("UNKNOWN_STEP", `Cannot replay dead letters of run "${runId}": ${what}`, {
    fix: `see: tutti show ${runId}`,
  });
}

/** What comes after the pipeline has begun already, with what it gave. */
function requireUnended(state: RunState, address: string): void {
  const node = nodeAt(state, address);
  if (node && node.phase !== "ended") return;
  throw new TuttiError(
    "RUN_STATE",
    `Cannot replay dead letters of "${address}" now: it has ended, and its run "${state.runId}" has not`,
    { fix: `wait until the run has ended (tutti watch ${state.runId}), then replay them` },
  );
}

/** Letters lie by the stages in which they died: what was changed since is put back first, or all of them would fail. */
async function requireSamePlaces(parts: Parts, state: RunState, address: string): Promise<void> {
  const { runId } = state;
  const action = nodeAt(state, address)?.plan.step?.action;
  const kept = (await listStreams(parts, runId)).find((one) => one.address === address);
  if (action?.kind !== "pipeline" || !kept) return;
  const now = [...action.stages, ...action.sinks].map(({ name }) => name);
  const then = kept.figures.places.map(({ name }) => name);
  const gone = then.find((name) => !now.includes(name));
  const added = now.find((name) => !then.includes(name));
  if (gone === undefined && added === undefined) return;
  const why =
    gone === undefined
      ? `"${added}" was not in it when they died`
      : `it has no stage or sink "${gone}" any more`;
  const mend = gone === undefined ? "take it out" : "put it back";
  throw new TuttiError("PIPELINE_CHANGED", `Cannot replay dead letters of "${address}": ${why}`, {
    fix: `${mend}, go on with it by: tutti resume ${runId} --update; then replay them`,
  });
}
