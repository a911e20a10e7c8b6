import { openTutti, type TuttiOptions } from "./engine.ts";
import { TuttiError } from "./errors.ts";
import type { JsonObject } from "./expression/json.ts";
import type { WorkflowDefinition } from "./language/definition.ts";
import type { ListedCheckpoint } from "./verbs/checkpoints.ts";
import type { BackTarget } from "./verbs/going-back.ts";
import type { LandedRun, LandTarget } from "./verbs/land.ts";
import type { Source } from "./verbs/load.ts";
import { metricsOf, type RunMetrics } from "./verbs/metrics.ts";
import type { ResumeOptions } from "./verbs/resume.ts";
import type { RolledBack } from "./verbs/rollback.ts";
import type { RunHandle, RunNews, RunResult } from "./verbs/run-handle.ts";
import type { StartOptions } from "./verbs/start.ts";
import type { SavedRun } from "./verbs/transfer.ts";
import type { Tutti } from "./verbs/tutti.ts";

export interface OrchestratorOptions extends TuttiOptions, StartOptions {}

/**
 * One workflow, one run: loads a definition (the canonical form, or a dialect as it stands), executes it, and controls
 * it while it runs. Every mistake of the definition is thrown by `initialize`, before anything starts.
 *
 *     const orchestrator = new WorkflowOrchestrator({ workflowId: "x", pattern: "sequential", commands: […] });
 *     const { status } = await orchestrator.execute();
 */
export class WorkflowOrchestrator {
  readonly #definition: unknown;
  readonly #options: OrchestratorOptions;
  readonly #listeners = new Set<(news: RunNews) => void>();
  #opened: Promise<{ readonly tutti: Tutti; readonly source: Source }> | undefined;
  #handle: RunHandle | undefined;
  #runId: string | undefined;

  constructor(definition: WorkflowDefinition | object, options: OrchestratorOptions = {}) {
    this.#definition = definition;
    this.#options = options;
  }

  /** Loads and checks the definition; `execute` does it by itself. Throws one error with all mistakes. */
  async initialize(): Promise<{ readonly name: string; readonly warnings: readonly string[] }> {
    const { source } = await this.#open();
    return { name: source.workflow.name, warnings: source.warnings.map((problem) => problem.message) };
  }

  /** Runs the workflow until it has ended, waits for something, or was paused or stopped. */
  async execute(inputs?: JsonObject): Promise<RunResult> {
    const { tutti, source } = await this.#open();
    if (this.#handle)
      throw stillGoingOn("execute the workflow", this.#handle.id, "wait for it, or use another orchestrator");
    const given = inputs ?? this.#options.inputs;
    return this.#follow(await tutti.start(source, { ...this.#options, ...(given ? { inputs: given } : {}) }));
  }

  /** Goes on with the run: after a pause, a failure, or the end of the process that drove it (give its id then). */
  async resume(options: ResumeOptions & { readonly runId?: string } = {}): Promise<RunResult> {
    const { tutti } = await this.#open();
    const { runId = this.#id(), ...rest } = options;
    await this.#handle?.done;
    return this.#follow(await tutti.resume(runId, rest));
  }

  /** Starts nothing more; what runs is left to end. */
  async pause(reason?: string): Promise<void> {
    // a run that is driven here needs no message, whose arrival would be watched after the end of everything
    if (this.#handle) return this.#handle.pause(reason);
    const { tutti } = await this.#open();
    await tutti.control(this.#id(), { type: "pause", ...(reason === undefined ? {} : { reason }) });
  }

  /** Stops everything it started; the run is `cancelled`. */
  async terminate(reason: string): Promise<void> {
    if (this.#handle) return this.#handle.cancel(reason);
    const { tutti } = await this.#open();
    await tutti.control(this.#id(), { type: "cancel", reason });
  }

  /** The whole run as JSON, to be kept anywhere or taken to another machine. */
  async saveState(): Promise<SavedRun> {
    const { tutti } = await this.#open();
    return tutti.exportRun(this.#id());
  }

  /** Takes over a run that `saveState` gave; `resume` goes on with it. */
  async restoreState(saved: SavedRun): Promise<void> {
    const { tutti } = await this.#open();
    this.#runId = await tutti.importRun(saved);
  }

  async getStatus(): Promise<RunResult["view"]> {
    const { tutti } = await this.#open();
    return this.#handle?.view() ?? tutti.show(this.#id());
  }

  async getMetrics(): Promise<RunMetrics> {
    return metricsOf(await this.getStatus());
  }

  /**
   * Puts files and steps back to where a node had ended, or to a checkpoint (its number or commit); or to another point. The run
   * is paused then: `resume()` goes on from there.
   */
  async rollback(to: string | BackTarget): Promise<RolledBack> {
    const { tutti } = await this.#open();
    if (this.#handle) throw stillGoingOn("roll the workflow back", this.#handle.id, "pause() it, and wait");
    return tutti.rollback(this.#id(), typeof to === "string" ? { point: { to } } : to);
  }

  /** What is kept of the files of the run, oldest first. */
  async checkpoints(): Promise<readonly ListedCheckpoint[]> {
    const { tutti } = await this.#open();
    return tutti.checkpoints(this.#id());
  }

  /** Brings what ended well to a branch. */
  async land(target: LandTarget = {}): Promise<LandedRun> {
    const { tutti } = await this.#open();
    return tutti.land(this.#id(), target);
  }

  /** Calls back with every event and printed line; the returned function ends it. */
  on(listener: (news: RunNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives the files back. The orchestrator cannot be used afterwards. */
  async close(): Promise<void> {
    await this.#handle?.done.catch(() => {});
    // what could not be opened has been told to who wanted it, and left nothing open
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.tutti.close();
  }

  #open(): Promise<{ readonly tutti: Tutti; readonly source: Source }> {
    this.#opened ??= this.#load();
    return this.#opened;
  }

  async #load(): Promise<{ readonly tutti: Tutti; readonly source: Source }> {
    const tutti = await openTutti(this.#options);
    try {
      return { tutti, source: await tutti.load({ kind: "object", value: this.#definition }) };
    } catch (error) {
      await tutti.close();
      throw error;
    }
  }

  async #follow(handle: RunHandle): Promise<RunResult> {
    this.#handle = handle;
    this.#runId = handle.id;
    for (const listener of this.#listeners) handle.on(listener);
    try {
      return await handle.done;
    } finally {
      this.#handle = undefined;
    }
  }

  #id(): string {
    if (this.#runId !== undefined) return this.#runId;
    throw new TuttiError("RUN_STATE", "Cannot control the workflow: it has not been executed yet", {
      fix: "call execute() first, or give resume({ runId })",
    });
  }
}

function stillGoingOn(what: string, runId: string, fix: string): TuttiError {
  return new TuttiError("RUN_STATE", `Cannot ${what}: its run "${runId}" is still going on`, { fix });
}
