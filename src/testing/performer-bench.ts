import { createFunctionExecutor } from "../executors/function/function.ts";
import type { WorkflowFunction } from "../executors/function/function.ts";
import { gateCheckers } from "../executors/gates/gates.ts";
import { createPerformer } from "../executors/perform.ts";
import type { PerformerOptions } from "../executors/perform.ts";
import { createShellExecutor } from "../executors/shell/shell.ts";
import type { EffectPolicy, Request } from "../core/effects.ts";
import type { Outcome, StageRecord } from "../core/outcome.ts";
import type { Executor } from "../ports/executor.ts";
import type { WorkContext, WorkEffect } from "../ports/performer.ts";
import type { Processes } from "../ports/processes.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { testPolicy } from "./task-context.ts";

export const testSeed = "5eed";

/** A performer under test, with everything around it in memory. */
export interface PerformerBench {
  readonly perform: (effect: WorkEffect, work?: Partial<WorkContext>) => Promise<Outcome>;
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly printed: readonly string[];
  readonly stages: readonly StageRecord[];
}

export interface PerformerBenchOptions extends Partial<PerformerOptions> {
  readonly functions?: Readonly<Record<string, WorkflowFunction>>;
}

export function createPerformerBench(
  { processes, cwd }: Pick<PerformerOptions, "cwd"> & { readonly processes: Processes },
  { functions = {}, ...options }: PerformerBenchOptions = {},
): PerformerBench {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const printed: string[] = [];
  const stages: StageRecord[] = [];
  const list = [createShellExecutor({ processes }), createFunctionExecutor(functions)] as readonly Executor[];
  const performer = createPerformer({
    executors: new Map(list.map((executor) => [executor.kind, executor])),
    gates: gateCheckers({ processes }),
    artifacts: store.artifacts,
    cache: store.cache,
    clock,
    cwd,
    baseEnv: { PATH: process.env["PATH"] ?? "", BASE: "base", BOTH: "base" },
    secrets: (name) => ({ KEY: "s3cr3t-value" })[name],
    ...options,
  });
  const base: WorkContext = {
    runId: "r1",
    runName: "test",
    seed: testSeed,
    signal: new AbortController().signal,
    print: (line) => printed.push(line),
    stage: (record) => stages.push(record),
  };
  return {
    perform: (effect, work) => performer(effect, { ...base, ...work }),
    store,
    clock,
    printed,
    stages,
  };
}

type PerformEffect = Extract<WorkEffect, { readonly type: "perform" }>;

export function effect(request: Request, policy: Partial<EffectPolicy> = {}): PerformEffect {
  return {
    type: "perform",
    id: "fix#1",
    address: "fix",
    attempt: 1,
    request,
    policy: { ...testPolicy, ...policy },
  };
}

export function run(line: string, values: Readonly<Record<string, string>> = {}): Request {
  return { kind: "run", shell: { line, values } };
}

export function call(name: string, args: null | string = null): Request {
  return { kind: "function", function: name, args };
}

export function gate(line: string, values: Readonly<Record<string, string>> = {}): WorkEffect {
  const ref = { when: "after", index: 0, name: "tests", level: "blocking" } as const;
  return {
    type: "gate",
    id: "fix#1/tests",
    address: "fix",
    attempt: 2,
    gate: ref,
    check: { kind: "shell", shell: { line, values } },
    subject: {},
    policy: testPolicy,
  };
}
