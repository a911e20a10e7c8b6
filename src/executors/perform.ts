import { throughBreakers, type BreakerOptions, type Guard } from "./breaker.ts";
import { cacheKey } from "./cache-key.ts";
import { capEvidence, capOutput } from "./cap-output.ts";
import { failed, thrown } from "./failed.ts";
import { recall } from "./recall.ts";
import { createRedactor } from "./redactor.ts";
import type { Redactor } from "./redactor.ts";
import { withFilesBefore } from "./files-before.ts";
import { checkInTree, inTree, lookAt, type Site, type TreeJob } from "./in-workspace.ts";
import { land } from "./landing.ts";
import { fillSecrets } from "./secrets.ts";
import { shapeProblems } from "./shape.ts";
import { createSlots } from "./slots.ts";
import type { Slots } from "./slots.ts";
import { tellWait } from "./tell-wait.ts";
import { throughCache } from "./through-cache.ts";
import type { Outcome } from "../core/outcome.ts";
import { passesByItself } from "../core/policies/failure-texts.ts";
import { classified } from "../core/policies/taxonomy.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Executor, TaskContext } from "../ports/executor.ts";
import type { GateChecker } from "../ports/gate-checker.ts";
import type { Memory } from "../ports/memory.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import type { ResultCache } from "../ports/result-cache.ts";
import type { Workspaces } from "../ports/workspaces.ts";

const defaultMaxConcurrent = 10;
const defaultRequestsPerMinute = 1000;
export interface PerformerOptions {
  /** By the kind of request they do. */
  readonly executors: ReadonlyMap<string, Executor>;
  /** By the kind of check they make. */
  readonly gates: ReadonlyMap<string, GateChecker>;
  readonly artifacts: ArtifactStore;
  readonly cache: ResultCache;
  readonly clock: Clock;
  /** The directory that steps work in which have no working tree; absolute. */
  readonly cwd: string;
  /** Absent: a step that has a working tree fails. */
  readonly workspaces?: Workspaces;
  /** The state folder, for what works in a tree. */
  readonly home?: string;
  /** The environment below the step's own: the allow-list's part of tutti's own. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** What runs leave for later ones; absent: nothing is there. */
  readonly memory?: Memory;
  readonly secrets: (name: string) => string | undefined;
  /** Knows secrets from before their first use; default: one of its own, which knows none yet. */
  readonly redactor?: Redactor;
  /** Programs, agents and calls at once, over all runs; default 10. Functions of the embedding program need no slot. */
  readonly maxConcurrent?: number;
  /** Agents and HTTP calls begun in any minute, over all runs; default 1000. */
  readonly requestsPerMinute?: number;
  /** Circuit breakers of agents, commands, services and failures; absent: nothing is held up. */
  readonly breaker?: BreakerOptions;
}

interface Parts extends PerformerOptions {
  readonly redactor: Redactor;
  readonly slots: NamedSlots;
  readonly requestSlots: NamedSlots;
  readonly guard: Guard | undefined;
}

/**
 * The one door from effects to executors. In this order: secrets are put in, the cache is asked, a slot is waited
 * for, the circuit breakers are asked, the work is done, its output is held against the schema, secrets are taken out,
 * a failure is classified and told to the breakers, what is too large is moved to artifacts, and a good result is put
 * into the cache. A gate goes the same way without breakers, schema and cache.
 *
 * It rejects with the signal's reason and nothing else: whatever an executor throws becomes a failure.
 */
export function createPerformer(options: PerformerOptions): Performer {
  const {
    clock,
    maxConcurrent = defaultMaxConcurrent,
    requestsPerMinute = defaultRequestsPerMinute,
    redactor = createRedactor(),
  } = options;
  const unlimited = Number.POSITIVE_INFINITY;
  const slots = {
    ...createSlots({ maxConcurrent, maxPerMinute: unlimited, clock }),
    full: `a place: max_concurrent (${maxConcurrent}, over all runs) is reached`,
  };
  const requestSlots = {
    ...createSlots({ maxConcurrent: unlimited, maxPerMinute: requestsPerMinute, clock }),
    full: `its turn: requests_per_minute (${requestsPerMinute}, over all runs) is reached`,
  };
  const parts = {
    ...options,
    redactor,
    slots,
    requestSlots,
    artifacts: redactor.artifacts(options.artifacts),
    guard: options.breaker && { ...options.breaker, clock },
  };
  return async (effect, work) => {
    work.signal.throwIfAborted();
    try {
      return withKind(await perform(await recalled(effect, { work, parts }), { work, parts }));
    } catch (error) {
      if (work.signal.aborted) throw work.signal.reason;
      return withKind(redactor.outcome(failed(thrown(error))));
    }
  };
}

/** A failed outcome with what kind of failure it is. */
function withKind(outcome: Outcome): Outcome {
  const { failure } = outcome;
  return failure && failure.kind === undefined ? { ...outcome, failure: classified(failure) } : outcome;
}

/** A shell line says only that it failed: where a well-known program's last words promise better luck, it may retry. */
function hopeful(outcome: Outcome, { request }: PerformEffect): Outcome {
  const { failure } = outcome;
  if (request.kind !== "run" || failure?.code !== "COMMAND_FAILED" || failure.class !== "failure")
    return outcome;
  return passesByItself(failure.message)
    ? { ...outcome, failure: { ...failure, class: "transient" } }
    : outcome;
}

interface Job {
  readonly work: WorkContext;
  readonly parts: Parts;
}

/** Before anything else: what an agent is told is part of what a result is kept by. */
function recalled(effect: WorkEffect, { work, parts }: Job): Promise<WorkEffect> | WorkEffect {
  if (effect.type === "gate" || !effect.policy.memory) return effect;
  const { memory, redactor } = parts;
  return recall(effect, { memory, artifacts: artifactsOf(effect, { work, parts }), redactor, work });
}

function perform(effect: WorkEffect, { work, parts }: Job): Promise<Outcome> | Outcome {
  const {
    effect: filled,
    values,
    missing,
  } = fillSecrets(effect, { seed: work.seed, secrets: parts.secrets });
  if (missing.length > 0) return missingSecrets(missing);
  parts.redactor.learn(values);
  if (filled.type === "gate") return gateInTurn(filled, { work, parts });
  if (effect.type === "gate" || effect.policy.cacheMs === undefined) return runStep(filled, { work, parts });
  return reused(effect, { work, parts, run: () => runStep(filled, { work, parts }) });
}

/** The files that the key of a result is made of are those that the step would find. */
async function reused(effect: PerformEffect, { work, parts, run }: RunJob): Promise<Outcome> {
  const { seed, runId } = work;
  const key = await lookAt(effect, treeJob({ work, parts }), ({ cwd }) => cacheKey(effect, { seed, cwd }));
  return throughCache(effect, { key, runId, parts, run });
}

type PerformEffect = Extract<WorkEffect, { readonly type: "perform" }>;
/** What slots and breakers look at. */
type Asking = Pick<PerformEffect, "id" | "request">;
type GateEffect = Extract<WorkEffect, { readonly type: "gate" }>;

interface NamedSlots extends Slots {
  /** What one waits for who gets none. */
  readonly full: string;
}

async function inSlot<T>(slots: NamedSlots, job: Job, run: () => Promise<T>): Promise<T> {
  const { work, parts } = job;
  const over = slots.isFull()
    ? tellWait({ stage: "slot", waits: slots.full }, { work, ...parts })
    : undefined;
  const giveBack = await slots.take(work.signal).finally(over);
  try {
    return await run();
  } finally {
    giveBack();
  }
}

/** Waits for the slots that this kind of work needs, then does it if its breakers allow; functions need neither. */
function inItsTurn(effect: Asking, job: RunJob): Promise<Outcome> {
  const { slots, requestSlots } = job.parts;
  const run = (): Promise<Outcome> => guarded(effect, job);
  switch (effect.request.kind) {
    case "function":
    case "workflow":
    case "pipeline":
      return job.run();
    case "run":
      return inSlot(slots, job, run);
    case "command":
    case "agent":
    case "http":
    case "mcp":
      return inSlot(slots, job, () => inSlot(requestSlots, job, run));
  }
}

async function runStep(effect: PerformEffect, { work, parts }: Job): Promise<Outcome> {
  const executor = parts.executors.get(effect.request.kind);
  if (!executor) return noExecutor(effect.request.kind);
  const attempt = async (): Promise<Outcome> => {
    const outcome = await inTree(effect, treeJob({ work, parts }), async (site) => {
      const context = contextOf(effect, { work, parts, site });
      return shaped(await withFilesBefore(context, () => executor.execute(effect.request, context)), effect);
    });
    return withKind(hopeful(parts.redactor.outcome(outcome), effect));
  };
  const outcome = await inItsTurn(effect, { work, parts, run: attempt });
  return capOutput(outcome, { policy: effect.policy, artifacts: artifactsOf(effect, { work, parts }) });
}

/** What making a tree ready prints may hold a secret. */
function treeJob({ work, parts }: Job): TreeJob {
  const print: WorkContext["print"] = (line, stream) => work.print(parts.redactor.text(line), stream);
  return { work: { ...work, print }, parts };
}

/** Breakers know a request by its markers: what the secrets are is none of their business. */
function guarded(effect: Asking, { work, parts, run }: RunJob): Promise<Outcome> {
  if (!parts.guard) return run();
  const { signal, runId } = work;
  const { id: effectId, request } = effect;
  return throughBreakers({ runId, effectId, request, signal }, parts.guard, run);
}

/** A judge is asked as any agent is; what it finds says nothing against the agent. */
async function gateInTurn(effect: GateEffect, job: Job): Promise<Outcome> {
  const { check, id } = effect;
  if (check.kind !== "judge") return inSlot(job.parts.slots, job, () => runGate(effect, job));
  const { agent, model } = check;
  const request = { kind: "agent", agent, prompt: "", ...(model === undefined ? {} : { model }) } as const;
  let found: Outcome | undefined;
  const run = async (): Promise<Outcome> => {
    found = withKind(await runGate(effect, job));
    return found.failure ? found : { ...found, ok: true };
  };
  const outcome = await inItsTurn({ id, request }, { ...job, run });
  return found ? { ...outcome, ok: found.ok } : outcome;
}

async function runGate(effect: GateEffect, { work, parts }: Job): Promise<Outcome> {
  const outcome = await checked(effect, { work, parts });
  const artifacts = artifactsOf(effect, { work, parts });
  return capEvidence(parts.redactor.outcome(outcome), { policy: effect.policy, artifacts });
}

function checked(effect: GateEffect, { work, parts }: Job): Promise<Outcome> | Outcome {
  const { check, subject } = effect;
  const job = treeJob({ work, parts });
  if (check.kind === "landing") return land(effect, job);
  const checker = parts.gates.get(check.kind);
  if (!checker) return noGate(check.kind);
  return checkInTree(effect, job, (site, isTrial) => {
    const watched = isTrial ? { ...work, print: () => {}, stage: () => {} } : work;
    return checker.check(check, { ...contextOf(effect, { work: watched, parts, site }), subject });
  });
}

function ofGate({ gate, ask, check }: GateEffect): Pick<TaskContext, "gate" | "ask" | "judges"> {
  const named = { gate: gate.name, ask };
  if (check.kind !== "judge") return named;
  return { ...named, judges: check.question.about === "duplication" ? "duplication" : "judge" };
}

type SiteJob = Job & { readonly site: Site };

function contextOf(effect: WorkEffect, { work, parts, site }: SiteJob): TaskContext {
  const { redactor } = parts;
  return {
    runId: work.runId,
    runName: work.runName,
    address: effect.address,
    attempt: effect.attempt,
    ...(effect.type === "gate" ? ofGate(effect) : {}),
    effectId: effect.id,
    policy: effect.policy,
    ...(work.unsaved ? { unsaved: work.unsaved } : {}),
    cwd: site.cwd,
    env: environmentOf(effect, { work, parts, site }),
    artifacts: artifactsOf(effect, { work, parts }),
    signal: work.signal,
    ...(work.used ? { used: work.used } : {}),
    print: (line, stream) => work.print(redactor.text(line), stream),
    stage: (record) =>
      work.stage(record.note === undefined ? record : { ...record, note: redactor.text(record.note) }),
  };
}

/** What a cached result names has to outlive the run. */
function artifactsOf(effect: WorkEffect, { work, parts }: Job): ArtifactStore {
  const isCached = effect.type === "perform" && effect.policy.cacheMs !== undefined;
  return work.artifacts && !isCached ? parts.redactor.artifacts(work.artifacts) : parts.artifacts;
}

function environmentOf(effect: WorkEffect, { work, parts, site }: SiteJob): Readonly<Record<string, string>> {
  return {
    ...parts.baseEnv,
    ...site.env,
    ...effect.policy.env,
    TUTTI_RUN: work.runId,
    TUTTI_STEP: effect.address,
    TUTTI_ATTEMPT: String(effect.attempt),
    TUTTI_EFFECT: effect.id,
  };
}

/** Agents have mended their answers before; here is where a wrong shape counts. */
function shaped(outcome: Outcome, { policy, address }: PerformEffect): Outcome {
  if (!outcome.ok || policy.schema === undefined) return outcome;
  const problems = shapeProblems(policy.schema, outcome.output ?? null);
  if (problems.length === 0) return { ...outcome, shaped: true };
  return failed(
    {
      code: "OUTPUT_SHAPE",
      message: `Cannot accept the output of "${address}": it does not have the declared shape:\n${problems.join("\n")}`,
      fix: "change what the step gives, or its `output:` schema",
      class: "failure",
    },
    { ...withoutOk(outcome), shaped: false },
  );
}

function withoutOk({ ok: _, failure: __, ...rest }: Outcome): Omit<Outcome, "ok" | "failure"> {
  return rest;
}

interface RunJob extends Job {
  readonly run: () => Promise<Outcome>;
}

function missingSecrets(names: readonly string[]): Outcome {
  return failed(
    {
      code: "SECRET_MISSING",
      message: `Cannot use the secret "${names.join('", "')}": it has no value here`,
      fix: "set it in the environment, or name the variable that holds it under `secrets:` of tutti.yaml",
      class: "permanent",
    },
    { asked: false },
  );
}

function noGate(kind: string): Outcome {
  return failed({
    code: "UNSUPPORTED",
    message: `Cannot check a "${kind}" gate: nothing that can is registered`,
    fix: "register a checker for it",
    class: "permanent",
  });
}

function noExecutor(kind: string): Outcome {
  return failed({
    code: "UNSUPPORTED",
    message: `Cannot do a "${kind}" step: no executor for it is registered`,
    fix: "register one",
    class: "permanent",
  });
}
