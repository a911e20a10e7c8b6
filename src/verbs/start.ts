import { create } from "../core/advance.ts";
import type { RunOverrides } from "../core/events.ts";
import type { JsonObject } from "../expression/json.ts";
import { withDecisions } from "./decisions.ts";
import { drive, type DriveOptions } from "./drive.ts";
import { groundOf } from "./ground.ts";
import { planHints } from "./hints.ts";
import { resolveInputs } from "./inputs.ts";
import type { Source } from "./load.ts";
import { oncePer } from "./once-per.ts";
import type { Parts } from "./parts.ts";
import { requireAgents } from "./require-agents.ts";
import { hideSecrets, requireSecrets } from "./require-secrets.ts";
import type { RunHandle } from "./run-handle.ts";
import { Turns } from "./turns.ts";

export interface StartOptions extends DriveOptions {
  /** Values for the workflow's inputs. */
  readonly inputs?: JsonObject;
  readonly overrides?: RunOverrides;
}

/** Throws what would keep a run from being started; gives its inputs. Writes nothing. */
export async function checkStart(
  parts: Parts,
  { workflow }: Source,
  options: StartOptions = {},
): Promise<JsonObject> {
  const inputs = resolveInputs(workflow, options.inputs ?? {});
  requireSecrets(parts, workflow);
  await requireAgents(parts, { workflow, overrides: options.overrides ?? {} });
  return inputs;
}

/**
 * Starts a run. Everything that can be known to be wrong is found before anything is written or spent: inputs that
 * do not fit (INPUT_*), a secret without a value (SECRET_MISSING), an agent that is not there (AGENT_UNAVAILABLE), a
 * repository in which no run can begin (WORKSPACE_UNFIT).
 */
export async function start(parts: Parts, source: Source, options: StartOptions = {}): Promise<RunHandle> {
  const inputs = await checkStart(parts, source, options);
  return startsOf(parts).run(() => begin(parts, source, { ...options, inputs }));
}

/**
 * Runs that are made at once. The first are at work before the last is made: a thousand that are started together do not
 * all wait half-made, which costs a tenth of their time.
 */
const startsAtOnce = 64;
const startsOf = oncePer((_: Parts) => new Turns(startsAtOnce));

async function begin(
  parts: Parts,
  source: Source,
  options: StartOptions & { readonly inputs: JsonObject },
): Promise<RunHandle> {
  const { inputs, overrides = {} } = options;
  const at = parts.clock.now();
  const runId = parts.newRunId();
  const { workflow, ...ground } = await groundOf(parts, source.workflow, runId);
  const hints = await planHints(parts, { workflow, overrides });
  const plan = await withDecisions(parts, hints, { workflow, overrides, runId });
  const first = create({
    type: "create",
    at,
    runId,
    seed: parts.newSeed(),
    workflow,
    inputs,
    plan,
    overrides,
    ...ground,
  });
  const store = workflow.saveState ? parts.store : parts.memory;
  const row = { runId, name: workflow.name, createdAt: at, origin: source.origin, source: source.text };
  hideSecrets(parts, [workflow]);
  const log = await store.create(row, first.events);
  return drive(parts, { log, state: first.state, first: first.events }, options);
}
