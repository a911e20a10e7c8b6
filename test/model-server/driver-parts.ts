import type { ModelAgentOptions } from "../../src/agents/model/model.ts";
import { shellCommand } from "../../src/executors/run-shell.ts";
import { createProcesses } from "../../src/processes/supervisor.ts";

/** What the driver of models is made of in a test besides its models: no secrets, and a clock that stands still. */
export function driverParts(): Omit<ModelAgentOptions, "models"> {
  return {
    processes: createProcesses(),
    clock: { now: () => 1_000_000, at: () => () => {} },
    secrets: () => undefined,
    learnSecret: () => {},
    shell: shellCommand,
    redaction: { json: (value) => value },
  };
}
