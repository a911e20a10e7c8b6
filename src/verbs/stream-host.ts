import { resolve } from "node:path";
import type { Spent } from "../core/child-record.ts";
import type { Effect } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RunState } from "../core/state.ts";
import { failureInside } from "../core/why.ts";
import { messageOf, isTuttiError, TuttiError } from "../errors.ts";
import type { Scope } from "../expression/expression.ts";
import type { JsonObject } from "../expression/json.ts";
import { compileShellTemplate } from "../expression/shell-template.ts";
import { compileTemplate } from "../expression/template.ts";
import type { StreamAlert } from "../language/pipeline.ts";
import type { Workflow } from "../language/workflow.ts";
import type { HostWork, StreamHost } from "../stream/host.ts";
import { runOfBatch } from "./batch-runs.ts";
import type { BatchSpending } from "./batch-spending.ts";
import { fillSecrets } from "./fill-secrets.ts";
import { type Channel, sendNotice } from "./notices.ts";
import { stateOf } from "./run-state.ts";
import { sinksOfOthers } from "./other-sinks.ts";
import { waitTeller } from "./stream-waits.ts";
import { outputOfRun } from "./output-of-run.ts";
import type { Parts, StreamJob } from "./parts.ts";

interface Hosted {
  readonly job: StreamJob;
  /** Where runs are found that it reads from. */
  readonly kept: Parts;
  readonly spending: BatchSpending;
  /** What the runs of batches have used is more than before. */
  readonly onSpent: () => void;
}

/** What a pipeline gets of the run that it is a step of. */
export function streamHost(parts: Parts, { job, kept, spending, onSpent }: Hosted): StreamHost {
  const { parent, request, effect, print } = job;
  const { seed } = parent;
  const scope = scopeOf(request.scope);
  return {
    clock: parts.clock,
    cwd: parts.projectDir,
    scope,
    perform: async (asked, work) => {
      const effect = effectOf(job, { request: asked, work });
      return believed(await job.perform(effect, { signal: work.signal, print }), job.signal);
    },
    run: (workflow, inputs, work) => runBatch(parts, { job, spending, onSpent, workflow, inputs, work }),
    alert: (alert, { raised, text }) => tellAlert(parts, { job, scope, alert, raised, text }),
    fill: (text) => fillSecrets(parts, { seed, text, what: `begin the pipeline "${effect.address}"` }),
    waiting: waitTeller(parts, job.stage),
    print,
    runLine: (line, work) => runLine(parts, { job, scope, line, work }),
    outputOf: (run, node) => outputOfRun(kept, { run, node, by: parent.runId }),
    sinksOfOthers: () => sinksOfOthers(kept, { runId: parent.runId, address: effect.address }),
    ...(parts.stdin ? { stdin: parts.stdin } : {}),
  };
}

/** Who stops this process may kill all that it has started, too: that says nothing of the work. */
function believed(outcome: Outcome, { aborted }: AbortSignal): Outcome {
  const { failure, details } = outcome;
  if (!aborted || !failure || details?.["signal"] === undefined) return outcome;
  return { ...outcome, failure: { ...failure, class: "interrupted" } };
}

interface Line {
  readonly job: StreamJob;
  readonly scope: Scope;
  readonly line: string;
  readonly work: Parameters<StreamHost["runLine"]>[1];
}

/** Values reach the line as environment, as in a step. */
function runLine(parts: Parts, { job, scope, line, work }: Line): ReturnType<StreamHost["runLine"]> {
  const { parent, effect } = job;
  const fill = (text: string): string =>
    fillSecrets(parts, { seed: parent.seed, text, what: "run the line of the source" });
  const shell = compileShellTemplate(line).render(scope);
  const marks = { TUTTI_RUN: parent.runId, TUTTI_STEP: effect.address, TUTTI_EFFECT: effect.id };
  return parts.runLine(
    { ...shell, values: mapTexts(shell.values, fill) },
    {
      ...work,
      cwd: resolve(parts.projectDir, work.cwd),
      env: { ...mapTexts(effect.policy.env, fill), ...marks },
    },
  );
}

function mapTexts(
  texts: Readonly<Record<string, string>>,
  change: (text: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]));
}

function scopeOf(values: JsonObject): Scope {
  return (root) => (Object.hasOwn(values, root) ? values[root] : undefined);
}

type Perform = Extract<Effect, { readonly type: "perform" }>;

/** Names the batch for ever, and no other of any run: it tells a program what it has done already. */
const batchName = "TUTTI_BATCH";

/** What a batch asks for, as work of the step that the pipeline is. */
function effectOf(
  { effect: { id, address, policy }, request: { child } }: StreamJob,
  { request, work }: { readonly request: Perform["request"]; readonly work: HostWork },
): Perform {
  return {
    type: "perform",
    id: `${id}/${work.id}.${work.attempt}`,
    address,
    attempt: work.attempt,
    request,
    policy: {
      outputBytes: work.outputBytes,
      env: { ...policy.env, ...work.env, [batchName]: `${child}/${work.id}` },
      reads: [],
      remainingUsd: 0,
      definition: null,
      ...(work.timeoutMs === undefined ? {} : { timeoutMs: work.timeoutMs }),
    },
  };
}

interface Batch extends Omit<Hosted, "kept"> {
  readonly workflow: Workflow;
  readonly inputs: JsonObject;
  readonly work: HostWork;
}

/** The run is the same for the same work: what it did is not done again, and what it used is counted once. */
async function runBatch(
  parts: Parts,
  { job, spending, onSpent, workflow, inputs, work }: Batch,
): Promise<Outcome> {
  const { effect, parent, node, purse, print } = job;
  const batch = { stream: job.request.child, work: work.id, records: inputs["batch"] ?? null };
  const child = await runOfBatch(parts, batch);
  const request = { kind: "workflow", workflow: workflow.name, child, inputs } as const;
  const { schema: _, ...policy } = effect.policy;
  spending.begin(child, { stage: work.stage, work: work.id });
  // once the batch is settled, it is counted with the others
  let told = spending.of(child);
  const report = (spent: Spent): void => {
    told = spent;
    if (spending.report(child, spent)) onSpent();
  };
  const outcome = await parts.children.run(parts, {
    parent,
    node,
    purse,
    print,
    workflow: cappedBy(parent, workflow),
    request,
    effect: { ...effect, id: `${effect.id}/${work.id}`, request, policy },
    signal: work.signal,
    // what failed is tried again
    ...(work.attempt > 1 ? { again: true } : {}),
    counted: () => told,
    onSpent: report,
    onDrive: () => {},
  });
  if (outcome.child) report(outcome.child.spent);
  if (outcome.ok && !outcome.child?.verified) spending.noteUnchecked();
  return job.judged(await withInner(parts, outcome), spending.sum);
}

/** A stage has no caps beside those of its steps: those of the run hold for its batches, raised or not. */
function cappedBy({ limits }: RunState, { ownLimits: _, ...workflow }: Workflow): Workflow {
  return { ...workflow, limits };
}

/** A batch that failed says what failed in it; that a run did it is of no use to who reads its letters. */
async function withInner(parts: Parts, outcome: Outcome): Promise<Outcome> {
  const { child, failure } = outcome;
  if (!child || failure?.code !== "CHILD_FAILED") return outcome;
  const state = await stateOf(parts, child.id);
  const inner = state && failureInside(state);
  return inner ? { ...outcome, failure: { ...failure, code: inner.code, message: inner.message } } : outcome;
}

interface Told {
  readonly job: StreamJob;
  readonly scope: Scope;
  readonly alert: StreamAlert;
  readonly raised: boolean;
  readonly text: string;
}

/** What cannot be told ends no pipeline. */
async function tellAlert(parts: Parts, { job, scope, alert, raised, text }: Told): Promise<void> {
  const { parent, effect } = job;
  const at = parts.clock.now();
  const state = raised ? "raised" : "over";
  const notice = {
    id: `${parent.runId}:${effect.address}:${alert.name}:${state}:${at}`,
    runId: parent.runId,
    runName: parent.workflow.name,
    address: effect.address,
    kind: "alert",
    text,
    by: [],
    level: 1,
    askedAt: at,
    at,
    lines: [`tutti show ${parent.runId}`],
  } as const;
  try {
    await sendNotice(parts, notice, { channel: channelOf(alert, scope), seed: parent.seed });
  } catch (error) {
    const { code, message, fix } = isTuttiError(error) ? error : unsent(error);
    parts.onTrouble(new TuttiError(code, `${message} (alert "${alert.name}")`, { fix, cause: error }));
  }
}

function channelOf({ notify }: StreamAlert, scope: Scope): Channel {
  if (typeof notify === "string" || !("webhook" in notify)) return notify;
  return { webhook: compileTemplate(notify.webhook).renderText(scope) };
}

function unsent(error: unknown): TuttiError {
  return new TuttiError("NOTIFY_FAILED", `Cannot tell of it: ${messageOf(error)}`, {
    fix: "correct `notify:` of the alert",
  });
}
