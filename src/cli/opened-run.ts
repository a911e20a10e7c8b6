import type { Event, RunOverrides } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import type { Workflow } from "../language/workflow.ts";
import type { RunSummary } from "../verbs/runs.ts";
import type { Tutti } from "../verbs/tutti.ts";
import type { Context } from "./context.ts";
import { openingOf } from "./flags.ts";

export interface OpenedRun {
  readonly tutti: Tutti;
  readonly run: RunSummary & { readonly source: string };
  /** As it was last, after all updates. */
  readonly workflow: Workflow;
  /** What happened so far. */
  readonly events: readonly Event[];
}

interface Further {
  readonly drivers?: RunOverrides["drivers"];
  readonly wait?: boolean;
}

/** Opens tutti with the agents that a run was started with, so that it can go on here. */
export async function openRun(
  context: Context,
  name: string,
  { drivers: further = {}, wait = false }: Further = {},
): Promise<OpenedRun> {
  const first = await context.open();
  const run = await first.find(name);
  const events = await first.events(run.runId);
  const drivers = { ...driversOf(events), ...further };
  const asFirst = Object.keys(drivers).length === 0 && !wait;
  const tutti = asFirst ? first : await context.open(await openingOf(drivers, { wait }));
  return { tutti, run, events, workflow: workflowOf(events, run.runId) };
}

/** Those that were set last. */
function driversOf(events: readonly Event[]): RunOverrides["drivers"] {
  return settingsOf(events).findLast(({ overrides }) => overrides?.drivers)?.overrides?.drivers;
}

function workflowOf(events: readonly Event[], runId: string): Workflow {
  const workflow = settingsOf(events).findLast((setting) => setting.workflow)?.workflow;
  if (workflow) return workflow;
  throw new TuttiError(
    "STORE_DAMAGED",
    `Cannot read run "${runId}": its log does not begin with run.created`,
    {
      fix: "tutti audit --repair",
    },
  );
}

type Setting = Pick<Extract<Event, { type: "run.restarted" }>, "overrides" | "workflow">;

/** The events that set something for the run, the first of them its creation. */
function settingsOf(events: readonly Event[]): readonly Setting[] {
  return events.filter((event) => event.type === "run.created" || event.type === "run.restarted");
}
