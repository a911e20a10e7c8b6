import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Event } from "../core/events.ts";
import type { Missing } from "../core/missing.ts";
import type { RunState } from "../core/state.ts";
import { type RunView, viewOf } from "../core/view.ts";
import { messageOf, TuttiError } from "../errors.ts";
import { inert, timeText, withTimes } from "./markdown.ts";
import type { Parts } from "./parts.ts";

/** Where the statement of a degraded run is. */
export function statementFile(stateDir: string, runId: string): string {
  return join(stateDir, "degraded", `${runId}.md`);
}

/**
 * Writes what a degraded run was asked for and does not have; takes it away again when the run is taken up. What could
 * not be written goes to `onTrouble`: the run has ended, and its state says the same.
 */
export async function keepStatement(
  parts: Parts,
  state: RunState,
  event: Extract<Event, { type: "run.status" | "run.restarted" }>,
): Promise<void> {
  const file = statementFile(parts.stateDir, state.runId);
  try {
    if (event.type === "run.restarted") return await rm(file, { force: true });
    await mkdir(join(parts.stateDir, "degraded"), { recursive: true, mode: 0o700 });
    await writeFile(file, statement(viewOf(state)), { mode: 0o600 });
  } catch (error) {
    parts.onTrouble(
      new TuttiError("STORE_FULL", `Cannot write the statement "${file}": ${messageOf(error)}`, {
        fix: `free some space; what is missing is told by: tutti show ${state.runId}`,
        cause: error,
      }),
    );
  }
}

/** What a degraded run was asked for and does not have, for whoever gets its work. Markdown. */
export function statement(view: RunView): string {
  const { id, name, createdAt, updatedAt, reason = "", missing = [], accepted = [] } = view;
  return [
    `# What run ${id} does not have`,
    "",
    `Workflow **${inert(name)}**, started ${timeText(createdAt)}, ended ${timeText(updatedAt)}, is degraded: it came to`,
    `its end, but not all that was asked of it was done (${inert(withTimes(reason))}).`,
    "",
    ...missing.flatMap(partOf),
    ...acceptedPart(accepted),
    "Everything else that was required is done. All steps with their output:",
    "",
    "```text",
    `tutti show ${id}`,
    "```",
    "",
  ].join("\n");
}

function partOf({ address, required, why, instead, standIn, dependents }: Missing): readonly string[] {
  const more = dependents.length - mostRows;
  return [
    `## ${inert(address || "The run")}`,
    "",
    `- required: ${inert(required)}`,
    `- missing because: ${inert(withTimes(why))}`,
    `- instead: ${inert(instead)}`,
    ...(standIn === undefined ? [] : [`- stands in for it: ${inert(standIn)}`]),
    ...(dependents.length === 0 ? ["- nothing was to build on it"] : []),
    ...dependents
      .slice(0, mostRows)
      .map(
        (one) =>
          `- ${inert(one.address)} was to build on it and ${one.fate}${one.why === undefined ? "" : `: ${inert(one.why)}`}`,
      ),
    ...(more > 0 ? [`- and ${more} more were to build on it`] : []),
    "",
  ];
}

/** What was taken as it is, because the workflow says so. */
function acceptedPart(accepted: NonNullable<RunView["accepted"]>): readonly string[] {
  if (accepted.length === 0) return [];
  const more = accepted.length - mostRows;
  return [
    "## Accepted, as the workflow says",
    "",
    ...accepted
      .slice(0, mostRows)
      .map(
        ({ address, required, why }) => `- ${inert(address)}, ${inert(required)}: ${inert(withTimes(why))}`,
      ),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
  ];
}

/** The statement is for people. */
const mostRows = 50;
