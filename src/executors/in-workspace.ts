import { failed, thrown } from "./failed.ts";
import { tellWait } from "./tell-wait.ts";
import type { Outcome } from "../core/outcome.ts";
import type { WorkspacePolicy } from "../core/workspace.ts";
import { messageOf, TuttiError } from "../errors.ts";
import { anyGlob } from "../files/glob.ts";
import type { Clock } from "../ports/clock.ts";
import type { WorkContext, WorkEffect } from "../ports/performer.ts";
import type { Begun, CheckpointNote, Fault, Workspace, Workspaces } from "../ports/workspaces.ts";

/** Where something is done. */
export interface Site {
  readonly cwd: string;
  /** What programs get there besides. */
  readonly env: Readonly<Record<string, string>>;
}

export interface TreeParts {
  readonly workspaces?: Workspaces;
  /** The state folder: a tree has none of its own, and who asks tutti something from there means this one. */
  readonly home?: string;
  readonly clock: Clock;
  /** The project's folder: where what has no tree works. */
  readonly cwd: string;
}

export interface TreeJob {
  readonly work: Pick<WorkContext, "setup" | "begins" | "signal" | "print" | "stage">;
  readonly parts: TreeParts;
}

const itsTurn = "its turn in the working tree, where something lands or is put back";
/** Shorter times are not told. */
const toldMs = 1000;

/** Opens a tree. Making it ready is told when it takes long or fails. */
export async function openTree(policy: WorkspacePolicy, { work, parts }: TreeJob): Promise<Workspace> {
  const { workspaces, clock } = parts;
  const { setup = {}, signal, print, stage } = work;
  const { mode, place, from } = policy;
  if (!workspaces) throw noTrees();
  const sinceMs = clock.now();
  const tell = (ok: boolean): void => {
    const durationMs = clock.now() - sinceMs;
    if (!ok || durationMs >= toldMs) stage({ stage: "workspace", ok, durationMs });
  };
  const over = tellWait(
    { stage: "workspace", waits: "its working tree, which is made ready" },
    { work, clock },
  );
  const request = { mode, place, from, setup, print: (line: string) => print(line, "stdout") };
  try {
    const tree = await workspaces.open(request, signal).finally(over);
    tell(true);
    return tree;
  } catch (error) {
    if (!signal.aborted) tell(false);
    throw error;
  }
}

function noTrees(): TuttiError {
  return new TuttiError(
    "UNSUPPORTED",
    "Cannot work in a working tree: nothing that makes them is registered",
    {
      fix: "register a driver, or set `workspace: none`",
    },
  );
}

type PerformEffect = Extract<WorkEffect, { readonly type: "perform" }>;

interface Entered {
  readonly tree: Workspace;
  readonly begun: Begun;
}

interface Coming extends Pick<WorkEffect, "id"> {
  readonly policy: WorkspacePolicy;
  readonly looks?: true;
}

/** Does something while nobody changes the effect's tree from outside; the tree is as the effect has to find it. */
async function whileIn<T>(
  { id, policy, looks }: Coming,
  job: TreeJob,
  work: (entered: Entered) => Promise<T>,
): Promise<T> {
  const tree = await openTree(policy, job);
  // who else works in it may be another than when the effect was made
  const begin = policy.begin === undefined ? undefined : (job.work.begins ?? (() => policy.begin))();
  const over = tellWait({ stage: "workspace", waits: itsTurn }, { work: job.work, clock: job.parts.clock });
  const how = { ...(begin === undefined ? {} : { from: begin }), ...(looks ? { looks } : {}) };
  const begun = await tree.begin({ effectId: id, ...how }, job.work.signal).finally(over);
  try {
    return await work({ tree, begun });
  } finally {
    begun.release();
  }
}

/** Looks at the place where an effect will work. */
export function lookAt<T>(
  { id, policy: { workspace: policy } }: WorkEffect,
  job: TreeJob,
  look: (site: Site) => Promise<T>,
): Promise<T> {
  if (!policy) return look(projectOf(job));
  return whileIn({ id, policy, looks: true }, job, ({ tree }) => look(siteOf(tree, job)));
}

function siteOf({ cwd, env }: Site, { parts: { home } }: TreeJob): Site {
  return { cwd, env: home === undefined ? env : { ...env, TUTTI_HOME: home } };
}

function projectOf({ parts: { cwd } }: TreeJob): Site {
  return { cwd, env: {} };
}

/**
 * Does the work of a step in its tree, and keeps what it left there as a checkpoint where the policy says so: then the outcome
 * says which one, what really changed, and what of it the step did not say. Work that is stopped leaves no checkpoint.
 */
export async function inTree(
  { id, address, attempt, request, policy: { workspace: policy } }: PerformEffect,
  job: TreeJob,
  work: (site: Site) => Promise<Outcome>,
): Promise<Outcome> {
  if (!policy) return work(projectOf(job));
  const { signal } = job.work;
  let asked = false;
  try {
    return await whileIn({ id, policy }, job, async ({ tree, begun }) => {
      asked = true;
      tellFound(begun, job);
      const outcome = await settled(work(siteOf(tree, job)), signal);
      const told = { ...outcome, ...foundPart(begun, outcome) };
      if (!policy.saves) return told;
      const { ok, usage } = outcome;
      const note: CheckpointNote = {
        ...(ok
          ? { kind: "WORKFLOW-STEP", what: "completed" }
          : {
              kind: "WORKFLOW-RECOVERY",
              what: `attempt ${attempt} ${outcome.deferred ? "stopped before a call" : "failed"}`,
            }),
        node: address,
        attempt,
        ...(usage ? { costUsd: usage.atLeast ? null : usage.costUsd } : {}),
        ...("agent" in request ? { agent: request.agent } : {}),
      };
      return kept(told, { tree, note, policy, work: job.work });
    });
  } catch (error) {
    signal.throwIfAborted();
    return failed(thrown(error), asked ? {} : { asked });
  }
}

/** What was done has to be kept also when the one who did it broke. */
async function settled(work: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  const outcome = await work.catch((error: unknown) => {
    signal.throwIfAborted();
    return failed(thrown(error));
  });
  signal.throwIfAborted();
  return outcome;
}

function tellFound({ found }: Begun, { work }: TreeJob): void {
  if (!found) return;
  const { commit, files, kept: stays } = found;
  const what = files.length === 1 ? "a file" : `${files.length} files`;
  const why = stays
    ? `${what} that somebody else changed here: kept`
    : `${what} that work left here which was cut off: put back`;
  work.print(`workspace: ${why} (checkpoint ${commit.slice(0, 12)})`, "stdout");
}

/** What was found there, and became part of what it began from. */
function foundPart({ found }: Begun, { details }: Outcome): Pick<Outcome, "found" | "details"> {
  if (!found) return {};
  const { commit, number, files, kept: stays } = found;
  const told = { ...details, found: { checkpoint: commit, files: files.length, kept: stays } };
  return { ...(stays ? { found: { commit, number } } : {}), details: told };
}

interface Keeping {
  readonly tree: Workspace;
  readonly note: CheckpointNote;
  readonly policy: WorkspacePolicy;
  readonly work: TreeJob["work"];
}

async function kept(outcome: Outcome, { tree, note, policy, work }: Keeping): Promise<Outcome> {
  const { signal, print } = work;
  try {
    const { commit, number, files, notKept } = await tree.save(note, signal);
    for (const line of notKept ?? []) print(`workspace: not kept: ${line}`, "stderr");
    const { writes } = policy;
    const isSaid = anyGlob(writes ?? ["**"]);
    const undeclared = files.filter((path) => !isSaid(path));
    return {
      ...outcome,
      checkpoint: { commit, number },
      changedFiles: files,
      ...(undeclared.length > 0 ? { undeclared } : {}),
      ...(notKept ? { notKept } : {}),
    };
  } catch (error) {
    signal.throwIfAborted();
    // what cannot be kept cannot be built upon
    if (outcome.ok) return { ...outcome, ok: false, failure: thrown(error) };
    return { ...outcome, details: { ...outcome.details, unsaved: messageOf(error) } };
  }
}

type GateEffect = Extract<WorkEffect, { readonly type: "gate" }>;

/** How a gate is checked in a place; `isTrial`: only for what comes of it. */
type Check = (site: Site, isTrial?: true) => Promise<Outcome>;

/**
 * Checks a gate in the tree of its step. What a program left there is kept as a checkpoint; what a step did that changed a
 * forbidden file is undone at once; where a program says no, it is found out whether the work of somebody else makes it.
 */
export async function checkInTree(effect: GateEffect, job: TreeJob, check: Check): Promise<Outcome> {
  const {
    id,
    policy: { workspace: policy },
  } = effect;
  if (!policy) return check(projectOf(job));
  let tree: Workspace | undefined;
  const outcome = await whileIn({ id, policy, looks: true }, job, async (entered) => {
    ({ tree } = entered);
    const found = await check(siteOf(tree, job));
    job.work.signal.throwIfAborted();
    return leavesSomething(effect) ? withQuality(found, { effect, tree, signal: job.work.signal }) : found;
  });
  if (!tree || outcome.ok) return outcome;
  const checked = { effect, policy, tree, signal: job.work.signal };
  return leavesSomething(effect) ? blamed(outcome, { ...checked, job, check }) : undone(outcome, checked);
}

/** Before its first attempt a step has done nothing that would be checked. */
function leavesSomething({ check, gate }: GateEffect): boolean {
  return check.kind === "shell" && gate.when === "after";
}

interface Checked {
  readonly effect: GateEffect;
  readonly tree: Workspace;
  readonly signal: AbortSignal;
}

/** What a program left that said no is no part of the work. */
async function withQuality(outcome: Outcome, { effect, tree, signal }: Checked): Promise<Outcome> {
  const { address: node, attempt, gate } = effect;
  const note = { node, attempt, ...(outcome.ok ? { gates: [gate.name] } : {}) };
  const what = `${gate.name} ${outcome.ok ? "passed" : "failed"}`;
  const kind = outcome.ok ? "WORKFLOW-QUALITY" : "WORKFLOW-RECOVERY";
  const { commit, number } = await tree.save({ ...note, kind, what }, signal);
  return outcome.ok ? { ...outcome, checkpoint: { commit, number } } : outcome;
}

/** Nobody but the step worked in a tree of its run; in the project's folder only its files are put back. */
async function undone(
  outcome: Outcome,
  { effect, policy, tree, signal }: Checked & { readonly policy: WorkspacePolicy },
): Promise<Outcome> {
  const { evidence = {} } = outcome;
  const { undoTo, mode } = policy;
  if (undoTo === undefined || evidence["forbidden"] === undefined) return outcome;
  const { address: node, attempt, subject } = effect;
  const files = Object.keys(subject.filesBefore ?? {}).map(asGlob);
  const note = {
    kind: "WORKFLOW-RECOVERY",
    what: "undone: it changed forbidden files",
    node,
    attempt,
  } as const;
  const target = { commit: undoTo, ...(mode === "shared" ? { files } : {}), note };
  const { commit, number } = await tree.restore(target, signal);
  const said = typeof evidence["summary"] === "string" ? `${evidence["summary"]}; ` : "";
  const summary = `${said}what it changed was undone`;
  return { ...outcome, checkpoint: { commit, number }, evidence: { ...evidence, summary, undone: commit } };
}

/** A glob that fits this path only. */
function asGlob(path: string): string {
  return path.replaceAll(/[*?[{]/g, "[$&]");
}

interface Blaming extends Checked {
  readonly policy: WorkspacePolicy;
  readonly job: TreeJob;
  readonly check: Check;
}

/** Before the step did anything the gate may have failed already: because of what others brought into the tree. */
async function blamed(outcome: Outcome, blaming: Blaming): Promise<Outcome> {
  const { effect, policy, tree, signal, job, check } = blaming;
  const { undoTo: until } = policy;
  const { exitCode, failure: _, ...rest } = outcome;
  if (until === undefined || exitCode === undefined || effect.gate.level === "advisory") return outcome;
  const { setup = {} } = job.work;
  const search = { effectId: effect.id, gate: effect.gate.name, until, setup, print: () => {} };
  const holds = async (site: Site): Promise<boolean> => (await check(siteOf(site, job), true)).ok;
  const waits = "trials of what landed before it, to tell whose work makes it fail";
  const over = tellWait({ stage: "at fault", waits }, { work: job.work, clock: job.parts.clock });
  const searching = tree.atFault({ ...search, check: holds }, signal).finally(over);
  const fault = await searching.catch((error: unknown) => {
    signal.throwIfAborted();
    return { trouble: messageOf(error) };
  });
  if (!fault) return outcome;
  const { stdout = "" } = outcome;
  const output = "node" in fault ? `${stdout}\n${blameText(fault)}`.trimStart() : stdout;
  const evidence = { exit_code: exitCode, output, at_fault: { ...fault } };
  return { ...rest, exitCode, evidence };
}

function blameText({ node, commit, tried, sure }: Fault): string {
  const since = sure ? "it held before" : "as far as can be told: what was tried contradicts itself";
  return `(it fails since the work of "${node}", checkpoint ${commit.slice(0, 12)}; ${since}; tried ${tried} times)`;
}
