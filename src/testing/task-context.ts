import { tmpdir } from "node:os";
import type { EffectPolicy } from "../core/effects.ts";
import type { StageRecord } from "../core/outcome.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { TaskContext } from "../ports/executor.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";

export interface TaskContextOptions {
  readonly policy?: Partial<EffectPolicy>;
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface TestTask {
  readonly context: TaskContext;
  /** Where the task's artifacts are. */
  readonly store: ArtifactStore;
  /** What the task printed so far. */
  readonly printed: readonly string[];
  readonly stages: readonly StageRecord[];
}

export const testPolicy: EffectPolicy = {
  outputBytes: 1_048_576,
  env: {},
  reads: [],
  remainingUsd: 10,
  definition: null,
};

/** A context for one task under test, with everything kept in memory. */
export function createTaskContext(options: TaskContextOptions = {}): TestTask {
  const { artifacts } = createMemoryStore({ clock: createFakeClock() });
  const printed: string[] = [];
  const stages: StageRecord[] = [];
  const context: TaskContext = {
    runId: "r1",
    runName: "test",
    address: "step",
    attempt: 1,
    effectId: "step#1",
    policy: { ...testPolicy, ...options.policy },
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
    artifacts,
    signal: options.signal ?? new AbortController().signal,
    print: (line, stream) => printed.push(`${stream}: ${line}`),
    stage: (record) => stages.push(record),
  };
  return { context, store: artifacts, printed, stages };
}
