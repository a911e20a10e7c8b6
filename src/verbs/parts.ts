import type { Spent } from "../core/child-record.ts";
import type { ShellText } from "../core/gate-check.ts";
import type { NodeState } from "../core/node.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RunState } from "../core/state.ts";
import type { TuttiError } from "../errors.ts";
import type { Request } from "../core/effects.ts";
import type { Limits, Workflow } from "../language/workflow.ts";
import type { PipelineAction } from "../language/pipeline.ts";
import type { Agent } from "../ports/agent.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { BreakerStore } from "../ports/breaker-store.ts";
import type { Checkpoints } from "../ports/checkpoints.ts";
import type { Clock } from "../ports/clock.ts";
import type { DayLedger } from "../ports/day-ledger.ts";
import type { CommandCatalog } from "../ports/command-catalog.ts";
import type { DecisionStore } from "../ports/decision-store.ts";
import type { History } from "../ports/history.ts";
import type { BranchLanding } from "../ports/landing.ts";
import type { Memory } from "../ports/memory.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { Performer, WorkContext, WorkEffect } from "../ports/performer.ts";
import type { Processes, ProcessResult } from "../ports/processes.ts";
import type { ResultCache } from "../ports/result-cache.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { StoreAudit } from "../ports/store-audit.ts";
import type { StreamStore } from "../ports/stream-store.ts";
import type { Workspaces } from "../ports/workspaces.ts";
import type { Stay } from "../runtimes/stay.ts";
import type { StreamFigures } from "../stream/figures.ts";
import type { StreamHandle, StreamHost, StreamOptions } from "../stream/host.ts";
import type { DrivenRuns } from "./driven-runs.ts";
import type { Purse } from "./purse.ts";
import type { RunAround } from "./run-handle.ts";
import type { Settings } from "./settings.ts";

/** A ready workflow that comes with tutti. */
export interface Pattern {
  readonly name: string;
  readonly description: string;
  /** Absolute. */
  readonly file: string;
}

/** What a step of a run does that another one does. */
interface StepJob {
  /** The run whose step it is, as it stands whenever it is looked at. */
  readonly parent: RunState;
  readonly node: NodeState;
  readonly effect: Extract<WorkEffect, { readonly type: "perform" }>;
  /** Where its agents ask whether they may begin. */
  readonly purse: Purse;
  readonly signal: AbortSignal;
  readonly print: WorkContext["print"];
  /** What it has used by now. */
  readonly onSpent: (spent: Spent) => void;
  /** What is told what happens to the run around it, while this process drives it. */
  readonly onDrive: (child: ChildControl | undefined) => void;
}

/** A step of a run, or a batch of one, that is a run of its own. */
export interface ChildJob extends StepJob {
  readonly workflow: Workflow;
  readonly request: Extract<Request, { readonly kind: "workflow" }>;
  /** What it failed at before is tried again. */
  readonly again?: true;
  /** What of its spending is in the ledger around it; absent: what is written down for the step. */
  readonly counted?: () => Spent;
}

/** A step of a run that is a pipeline. */
export interface StreamJob extends StepJob {
  readonly request: Extract<Request, { readonly kind: "pipeline" }>;
  readonly action: PipelineAction;
  /** Does what a batch asks for that is no run of its own. */
  readonly perform: (effect: WorkEffect, also: Pick<WorkContext, "signal" | "print">) => Promise<Outcome>;
  /** Says what it waits for. */
  readonly stage: WorkContext["stage"];
  /** The outcome of a run that did a batch; `spent`: what all batches have used. */
  readonly judged: (outcome: Outcome, spent: Spent) => Outcome;
  readonly onFigures: (figures: StreamFigures) => void;
}

/** What a run passes on to the runs, and the pipelines, that do its steps. */
export interface ChildControl {
  pause(reason?: string): void;
  resume(): void;
  cap(limits: Partial<Limits>): void;
  /** Of a pipeline: it has been cancelled, or was asked to take something up again. */
  look?(): void;
  /** What is on its way is not let go on. */
  halt?(reason: string): void;
}

/** Runs inside runs. Who drives a run does not know how runs are begun and taken up again. */
export interface ChildRuns {
  /** Begins such a run, or takes it up where it is, and drives it until it ends or waits. */
  readonly run: (parts: Parts, job: ChildJob) => Promise<Outcome>;
  /** Drives a pipeline, or takes it up where it is, until it ends or waits. */
  readonly stream: (parts: Parts, job: StreamJob) => Promise<Outcome>;
  /** Ends such a run whose step another does from now on. */
  readonly abandon: (parts: Parts, runId: string) => Promise<void>;
  /** Lets the run go on whose step this run does: nobody else tells it. Gives it when this process drives it now. */
  readonly wake: (
    parts: Parts,
    child: RunState,
    options: { readonly stayMs?: number },
  ) => Promise<RunAround | undefined>;
}

/** What the verbs work with. The composition root fills it with drivers; a verb never asks which. */
export interface Parts {
  readonly store: RunStore;
  /** For runs with `save_state: false`. */
  readonly memory: RunStore;
  /** What runs leave for later ones. */
  readonly memories: Memory;
  readonly cache: ResultCache;
  readonly history: History;
  readonly decisions: DecisionStore;
  readonly breakers: BreakerStore;
  readonly days: DayLedger;
  /** Where the records of pipelines are. */
  readonly streams: StreamStore;
  /** Those of runs with `save_state: false`. */
  readonly memoryStreams: StreamStore;
  /** Drives a pipeline whose stream is open. */
  readonly driveStream: (options: StreamOptions) => StreamHandle;
  /** Runs a shell line of a source to its end, in this environment and that of all steps. */
  readonly runLine: (
    shell: ShellText,
    work: Parameters<StreamHost["runLine"]>[1] & { readonly env: Readonly<Record<string, string>> },
  ) => Promise<ProcessResult>;
  /** Standard input of the process, when it is there to be read. */
  readonly stdin?: () => NodeJS.ReadableStream;
  readonly artifacts: ArtifactStore;
  /** Artifacts of one run with `save_state: false`, which go when it ends. */
  readonly scratchArtifacts: () => { readonly store: ArtifactStore; readonly remove: () => Promise<void> };
  readonly audit: StoreAudit;
  readonly clock: Clock;
  readonly perform: Performer;
  readonly children: ChildRuns;
  readonly driven: DrivenRuns;
  readonly processes: Processes;
  /** Working trees of runs, what is kept of them, and the way to a branch of the user's. */
  readonly workspaces: Workspaces;
  readonly checkpoints: Checkpoints;
  readonly landing: BranchLanding;
  readonly commands: CommandCatalog;
  readonly agents: ReadonlyMap<string, Agent>;
  /** How people are told that they are asked something, by kind. */
  readonly notifiers: ReadonlyMap<Notifier["kind"], Notifier>;
  readonly functions: readonly string[];
  /** Value of a secret here. */
  readonly secrets: (name: string) => string | undefined;
  /** From now on these values are taken out of everything that `perform` gives, prints or stores. */
  readonly learnSecrets: (values: readonly string[]) => void;
  readonly patterns: () => readonly Pattern[];
  readonly settings: Settings;
  /** Root of the project: where `.tutti/` lies and steps work; absolute. */
  readonly projectDir: string;
  /** `.tutti/`, absolute. */
  readonly stateDir: string;
  /** False: nothing of a run is written beside its (memory) log. */
  readonly keepsFiles: boolean;
  /** A new run id: short, sortable by time, unique. */
  readonly newRunId: () => string;
  /** 32 random hex digits. */
  readonly newSeed: () => string;
  /** Told of what went wrong beside a run (history, log files) and must not end it. */
  readonly onTrouble: (error: TuttiError) => void;
  /** When a process goes although a run that it drives is not over, where it was not told how long to stay. */
  readonly stay?: Stay;
}
