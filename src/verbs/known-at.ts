import { fold } from "../core/apply.ts";
import type { Event } from "../core/events.ts";
import type { KnownResult } from "../core/node-result.ts";
import type { RunState } from "../core/state.ts";
import type { Step } from "../language/workflow.ts";
import { placeOf } from "../core/place.ts";
import { type PlacedStep, placedSteps } from "./placed-steps.ts";
import { liesAt, openLanes } from "./points.ts";
import { type KeptWays, restartedAt, waysTo } from "./ways-at.ts";

type Results = ReadonlyMap<string, KnownResult>;

/** The results that a restart could use again when so much of the log had happened. */
function allAt(events: readonly Event[], seq: number): Results {
  return new Map(restartedAt(events, seq)?.known ?? []);
}

/** What is known at a point, and what is not used there although it was done. */
export interface KnownThen {
  readonly results: Results;
  /** Addresses of steps whose work lay in a lane that had not landed. */
  readonly unlanded: readonly string[];
}

/**
 * Those of them that still hold when the files are put to where they were then: what was taken back since does not, and neither does
 * what lay in a lane that had not landed, because that lane is left.
 */
export function knownAt(events: readonly Event[], seq: number): KnownThen {
  const state = fold(events.slice(0, seq));
  const lanes = openLanes(state);
  const undone = undoneAfter(events, seq);
  const all = [...allAt(events, seq)].filter(([address]) => !undone.has(address));
  const [inLanes, others] = parted(all, ([address]) => lanes.some((lane) => liesAt(address, lane)));
  return {
    results: new Map(others.filter(([, { end }]) => !state?.trees || end !== undefined)),
    unlanded: inLanes.flatMap(([address]) => (state && landsOnly(state, address) ? [] : [address])),
  };
}

function parted<T>(all: readonly T[], test: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}

/** It does nothing but bring in what others did. */
function landsOnly({ byAddress }: RunState, address: string): boolean {
  return byAddress.get(address)?.plan.step.action.kind === "land";
}

/** All results stay as they are. */
export function noTurn(events: readonly Event[]): Turn {
  const kept = allAt(events, events.length).size;
  return { drop: [], take: [], ways: [], pending: [], done: [], unlanded: [], kept };
}

/** Steps whose work was taken back later: they are not done any more. */
function undoneAfter(events: readonly Event[], seq: number): ReadonlySet<string> {
  return new Set(
    events.slice(seq).flatMap((event) => (event.type === "undo.started" ? [event.address] : [])),
  );
}

/** What of a run's results is given up, and what is used again, when it goes to a point of its log. */
export interface Turn {
  /** Addresses: of results, of runs that do steps, and of branches that decided later. */
  readonly drop: readonly string[];
  readonly take: readonly (readonly [address: string, result: KnownResult])[];
  readonly ways: KeptWays;
  /** Of what is dropped: steps that had ended well. */
  readonly pending: readonly string[];
  /** Of what is taken: steps that were to be done again. */
  readonly done: readonly string[];
  /** Of what is pending, or would be: steps whose work was done by then in lanes that had not landed. */
  readonly unlanded: readonly string[];
  /** How many results there are then. */
  readonly kept: number;
}

export function turnTo(state: RunState, events: readonly Event[], seq: number): Turn {
  const now = allAt(events, events.length);
  const { results: then, unlanded } = knownAt(events, seq);
  const others = new Set([...now.keys(), ...state.children.keys()]);
  const drop = [...others].filter((address) => !then.has(address));
  const take = [...then].filter(([address, result]) => !isSame(now.get(address), result));
  return {
    drop: [...drop, ...laterChoices(state, then)],
    take,
    ways: waysTo(events, seq),
    pending: drop.filter((address) => now.has(address)),
    done: take.flatMap(([address]) => (now.has(address) ? [] : [address])),
    unlanded,
    kept: then.size,
  };
}

/** Branches that chose by what has worked when nothing in them was done: they choose anew. */
function laterChoices({ byAddress }: RunState, then: Results): readonly string[] {
  const chosen = [...byAddress.values()].filter(
    ({ decided }) => decided?.type === "branch.decided" && decided.choice !== undefined,
  );
  return chosen
    .map(({ address }) => address)
    .filter((address) => ![...then.keys()].some((inside) => inside.startsWith(`${address}/`)));
}

function isSame(one: KnownResult | undefined, other: KnownResult): boolean {
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

/** A step that reached outside of the files, so that they do not tell all that it did. */
export interface OutsideWork {
  readonly address: string;
  /** The workflow says how it is undone, which a rollback does not do. */
  readonly hasUndo: boolean;
}

const outside: ReadonlySet<Step["action"]["kind"]> = new Set(["http", "run", "function", "mcp"]);

/** Of these addresses, those of steps whose work is more than files. */
export function outsideWork(state: RunState, addresses: readonly string[]): readonly OutsideWork[] {
  return stepsAt(state, addresses).flatMap(({ address, step }) =>
    outside.has(step.action.kind) ? [{ address, hasUndo: step.undo !== undefined }] : [],
  );
}

/** The commands that these addresses do. */
export function commandsAt(
  state: RunState,
  addresses: readonly string[],
): readonly { readonly address: string; readonly command: string }[] {
  return stepsAt(state, addresses).flatMap(({ address, step: { action } }) =>
    action.kind === "command" ? [{ address, command: action.command }] : [],
  );
}

/** Also of those that are not open in this life. */
function stepsAt(state: RunState, addresses: readonly string[]): readonly PlacedStep[] {
  const placed = new Map(placedSteps(state.workflow.chain).map(({ address, step }) => [address, step]));
  return addresses.flatMap((address) => {
    const step = state.byAddress.get(address)?.plan.step ?? placed.get(placeOf(address));
    return step ? [{ address, step }] : [];
  });
}
