import type { Event } from "../core/events.ts";
import { isFinal, nodeAt, type RunState } from "../core/state.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Performer } from "../ports/performer.ts";
import type { RunLog } from "../ports/run-store.ts";
import { type LoopEnd, RunLoop } from "../runtimes/loop.ts";
import type { Stay } from "../runtimes/stay.ts";
import { childrenOf, type RunsInside } from "./children.ts";
import { markCommands } from "./complete.ts";
import { decisionsOf, noteDecisions } from "./decisions.ts";
import { endTrees, type LandedTrees, landedTrees } from "./end-trees.ts";
import { type Escalated, tellEscalation, untoldOf } from "./escalation.ts";
import { OutputLog } from "./output-log.ts";
import type { Parts } from "./parts.ts";
import { keepLearned } from "./keep-learned.ts";
import { isOfGate, memoryOf } from "./remember.ts";
import { keepStatement } from "./statement.ts";
import type { Around as AroundPurse } from "./purse.ts";
import { Listeners, type RunAround, RunHandle } from "./run-handle.ts";

export interface DriveOptions {
  readonly stayMs?: number;
  /** The run does a step of another that this process drives, too: nobody has to be told of its end. */
  readonly inside?: AroundPurse;
  /** The same of a run that this process does not drive: its caps hold as they stand. */
  readonly around?: AroundPurse;
  /** Held meanwhile, so that nobody drives the runs around it, nor another inside them. */
  readonly outermost?: RunLog;
}

/** Drives a run whose log is held: what it prints goes to its output files, what it learns to the history. */
export function drive(
  parts: Parts,
  held: { readonly log: RunLog; readonly state: RunState; readonly first?: readonly Event[] },
  options: DriveOptions = {},
): RunHandle {
  const listeners = new Listeners();
  const { runId, workflow, life } = held.state;
  const keep = parts.keepsFiles && workflow.saveState;
  const memory = memoryOf(parts);
  const scratch = parts.keepsFiles && !workflow.saveState ? parts.scratchArtifacts() : undefined;
  // made when something is printed
  let output: OutputLog | undefined;
  const marks: Promise<void>[] = [];
  const landed = landedTrees(parts);
  const children = childrenOf(parts, held.state, { ...options, listeners, post: (one) => loop.post(one) });
  const loop: RunLoop = new RunLoop(
    {
      log: held.log,
      state: held.state,
      clock: parts.clock,
      perform: children.through(performIn(parts, held.state, scratch?.store)),
      ...stayOf(parts, held.state, options),
      ...noteDecisions(parts, held),
      onBegun: (state) => void marks.push(...leftToDo({ parts, state, loop })),
      onEvents: (events, state) => {
        for (const event of events) {
          learn(memory, event, state);
          const mark = telling(event, { parts, state, keep, loop });
          if (mark) marks.push(mark);
          if (event.type !== "node.ended") continue;
          output?.end({ address: event.address, attempt: nodeAt(state, event.address)?.attempt ?? 0 });
        }
        landed.note(events, state);
        children.tell(events);
        listeners.tell({ kind: "events", events, state });
      },
      onPrint: (line) => {
        output ??= new OutputLog(parts.stateDir, { runId, life: life + 1, keep, onTrouble: parts.onTrouble });
        output.write(line);
        listeners.tell({ kind: "line", line });
      },
    },
    held.first,
  );
  const ended = driveToEnd({ ...options, parts, loop, children, landed }, () =>
    Promise.all([output?.close(), memory.flush(), decisionsOf(parts).flush(), scratch?.remove(), ...marks]),
  );
  const around = aroundOf(parts, held.state, { ...options, ended });
  const handle = new RunHandle(loop, { clock: parts.clock, listeners, children, ended, around });
  return parts.driven.add(handle, ended);
}

/** What is kept in memory only is lost when its process goes. */
function stayOf({ stay = {} }: Parts, { workflow }: RunState, { stayMs }: DriveOptions): Stay {
  if (stayMs !== undefined) return { stayMs };
  return workflow.saveState ? stay : { ...stay, stayAskedMs: Number.POSITIVE_INFINITY };
}

/** A run that does a step of another, which this process does not drive, lets that one go on, unless its work was stopped. */
function aroundOf(
  parts: Parts,
  state: RunState,
  options: Ending,
): Promise<RunAround | undefined> | undefined {
  return options.inside || !state.parent ? undefined : wakeAround(parts, state, options);
}

interface Ending extends DriveOptions {
  readonly ended: Promise<LoopEnd>;
}

async function wakeAround(
  parts: Parts,
  state: RunState,
  { stayMs, ended }: Ending,
): Promise<RunAround | undefined> {
  const { stopped, status } = await ended;
  if (stopped && !isFinal(status)) return undefined;
  return parts.children.wake(parts, state, stayMs === undefined ? {} : { stayMs });
}

interface Telling {
  readonly parts: Parts;
  readonly state: RunState;
  readonly loop: RunLoop;
}

/** What later runs know of an event. */
function learn(memory: ReturnType<typeof memoryOf>, event: Event, state: RunState): void {
  if (event.type === "attempt.ended") memory.add(state, event);
  else if (event.type === "node.ended") memory.addParts(state, event);
  else if (isOfGate(event)) memory.addJudge(state, event);
}

/** What people are told of an event besides what they see. */
function telling(event: Event, to: Telling & { readonly keep: boolean }): Promise<void> | undefined {
  if (event.type === "node.ended" && to.state.unwritten.has(event.address)) return keep(event.address, to);
  if (event.type === "ask.escalated") return tell(event, to);
  if (!to.keep) return undefined;
  const concerns = event.type === "run.restarted" || (event.type === "run.status" && event.to === "degraded");
  if (concerns) return keepStatement(to.parts, to.state, event);
  return markCommands(to.parts, to.state, event);
}

/** What the process that drove the run before may not have come to. */
function leftToDo(to: Telling): readonly Promise<void>[] {
  const { parts, state } = to;
  const ends = state.abandoned.map((runId) => parts.children.abandon(parts, runId));
  const learned = [...state.unwritten.keys()].map((address) => keep(address, to));
  return [...untoldOf(state).map((event) => tell(event, to)), ...learned, ...ends];
}

function keep(address: string, { parts, state, loop }: Telling): Promise<void> {
  return loop.whileTelling(keepLearned(parts, state, address));
}

function tell(event: Escalated, { parts, state, loop }: Telling): Promise<void> {
  return loop.whileTelling(tellEscalation(parts, state, event));
}

function performIn({ perform }: Parts, state: RunState, artifacts: ArtifactStore | undefined): Performer {
  const own = artifacts ? { artifacts, unsaved: true as const } : {};
  return (effect, work) => {
    const { trees: setup } = state.workflow;
    return perform(effect, { ...work, ...own, ...(setup ? { setup } : {}) });
  };
}

interface Driving extends Pick<DriveOptions, "outermost"> {
  readonly parts: Parts;
  readonly loop: RunLoop;
  readonly children: RunsInside;
  readonly landed: LandedTrees;
}

async function driveToEnd(
  { parts, loop, children, landed, outermost }: Driving,
  finish: () => Promise<unknown>,
): Promise<LoopEnd> {
  try {
    const end = await loop.run();
    await landed.stop();
    await endTrees(parts, loop.state);
    return end;
  } finally {
    await landed.stop();
    children.close();
    await outermost?.release();
    await finish();
  }
}
