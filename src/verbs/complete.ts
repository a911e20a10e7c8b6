import type { Event } from "../core/events.ts";
import { nodeAt, type RunState } from "../core/state.ts";
import { messageOf, TuttiError } from "../errors.ts";
import type { JsonObject } from "../expression/json.ts";
import type { Parts } from "./parts.ts";

/**
 * Leaves a completion marker for a command that ended well, with the run as evidence: what depends on the command may
 * run from now on. A marker that cannot be written is told; the run is complete all the same. Undefined when there is
 * nothing to mark.
 */
export function markCompleted(
  parts: Parts,
  state: RunState,
  event: Extract<Event, { type: "node.ended" }>,
): Promise<void> | undefined {
  if (event.end !== "verified" && event.end !== "claimed") return undefined;
  const node = nodeAt(state, event.address);
  if (node?.plan.step.action.kind !== "command" || node.reused) return undefined;
  const { command } = node.plan.step.action;
  const gates = node.gateResults.map(({ ref, passed }) => ({ gate: ref.name, passed }));
  return mark(parts, command, { run: state.runId, node: event.address, end: event.end, gates });
}

async function mark(parts: Parts, command: string, evidence: JsonObject): Promise<void> {
  try {
    const { name } = await parts.commands.resolve(command);
    await parts.commands.complete(name, evidence);
  } catch (error) {
    parts.onTrouble(
      new TuttiError("STORE_FULL", `Cannot leave a completion marker for "${command}": ${messageOf(error)}`, {
        fix: "commands that depend on it will not see it as completed; run it again when the cause is gone",
        cause: error,
      }),
    );
  }
}
