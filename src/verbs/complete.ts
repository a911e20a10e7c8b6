import type { Event } from "../core/events.ts";
import type { KnownResult } from "../core/node-result.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { messageOf, TuttiError } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";
import { oncePer } from "./once-per.ts";
import type { Parts } from "./parts.ts";

/**
 * Leaves a completion marker for a command that ended well, with the run as evidence: what depends on the command may
 * run from now on. When its step begins to be undone, the marker is taken away. What cannot be
 * written is told; the run goes on all the same. Undefined when there is nothing to mark.
 */
export function markCommands(parts: Parts, state: RunState, event: Event): Promise<void> | undefined {
  if (event.type === "node.ended") return markCompleted(parts, state, event);
  return event.type === "undo.started" ? unmark(parts, state, event) : undefined;
}

function markCompleted(
  parts: Parts,
  state: RunState,
  event: Extract<Event, { type: "node.ended" }>,
): Promise<void> | undefined {
  if (event.end !== "verified" && event.end !== "claimed") return undefined;
  const node = nodeAt(state, event.address);
  if (node?.plan.step.action.kind !== "command" || node.reused) return undefined;
  const { command } = node.plan.step.action;
  const evidence = evidenceOf(state.runId, event.address, { ...node, end: event.end });
  return inTurn(parts, command, () => mark(parts, command, evidence));
}

function evidenceOf(
  run: string,
  node: string,
  { end, gateResults }: Pick<KnownResult, "end" | "gateResults">,
): JsonObject {
  const gates = gateResults.map(({ ref, passed }) => ({ gate: ref.name, passed }));
  return { run, node, ...(end === undefined ? {} : { end }), gates };
}

/** A marker that another run has left since stays. */
function unmark(
  parts: Parts,
  state: RunState,
  { address }: Extract<Event, { type: "undo.started" }>,
): Promise<void> | undefined {
  const action = nodeAt(state, address)?.plan.step.action;
  if (action?.kind !== "command") return undefined;
  const { command } = action;
  return inTurn(parts, command, () => takeAway(parts, command, { run: state.runId, node: address }));
}

/** A step that does a command; `result`: what came of it counts again. Without: it has to be done again. */
export interface TurnedCommand {
  readonly address: string;
  readonly command: string;
  readonly result?: KnownResult;
}

/** The same where a run goes back, or forward again. */
export async function turnCommands(
  parts: Parts,
  run: string,
  commands: readonly TurnedCommand[],
): Promise<void> {
  for (const { address: node, command, result } of commands) {
    const work = (): Promise<void> =>
      result ? mark(parts, command, evidenceOf(run, node, result)) : takeAway(parts, command, { run, node });
    await inTurn(parts, command, work);
  }
}

async function mark(parts: Parts, command: string, evidence: JsonObject): Promise<void> {
  try {
    const { name } = await parts.commands.resolve(command);
    await parts.commands.complete(name, evidence);
  } catch (error) {
    tell(parts, error, {
      what: `leave a completion marker for "${command}"`,
      fix: "commands that depend on it will not see it as completed; run it again when the cause is gone",
    });
  }
}

async function takeAway(
  parts: Parts,
  command: string,
  { run, node }: { readonly run: string; readonly node: string },
): Promise<void> {
  try {
    const { name } = await parts.commands.resolve(command);
    const { evidence } = (await parts.commands.completed(name)) ?? {};
    if (evidence?.["run"] === run && evidence["node"] === node) await parts.commands.uncomplete(name);
  } catch (error) {
    tell(parts, error, {
      what: `take away the completion marker of "${command}", which is taken back`,
      fix: "commands that depend on it will see it as completed; take it away by hand, in the folder completed/",
    });
  }
}

function tell(
  { onTrouble }: Parts,
  cause: unknown,
  { what, fix }: { readonly what: string; readonly fix: string },
): void {
  onTrouble(new TuttiError("STORE_FULL", `Cannot ${what}: ${messageOf(cause)}`, { fix, cause }));
}

const turns = oncePer((_: Parts) => new Map<string, Promise<void>>());

/** One after another for each command: what is completed and undone at once is undone in the end. */
function inTurn(parts: Parts, command: string, work: () => Promise<void>): Promise<void> {
  const own = turns(parts);
  const last = (own.get(command) ?? Promise.resolve()).then(work).finally(() => {
    if (own.get(command) === last) own.delete(command);
  });
  own.set(command, last);
  return last;
}
