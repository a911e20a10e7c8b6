import { createCoverageGate } from "./coverage.ts";
import { createJudgeGate } from "./judge.ts";
import { createFilesGate } from "./files.ts";
import { createSchemaGate } from "./schema.ts";
import { createSecretsGate } from "./secrets.ts";
import { createShellGate } from "./shell.ts";
import type { Executor } from "../../ports/executor.ts";
import type { GateChecker } from "../../ports/gate-checker.ts";
import type { Processes } from "../../ports/processes.ts";

export interface GatesOptions {
  readonly processes: Processes;
  /** By the kind of request they do; who asks an agent asks a judge. Default: none, so that nobody judges. */
  readonly executors?: ReadonlyMap<string, Executor>;
}

/** The checkers that tutti has of its own, by the kind of check they make. */
export function gateCheckers({
  processes,
  executors = new Map(),
}: GatesOptions): ReadonlyMap<string, GateChecker> {
  const agent = executors.get("agent");
  const checkers = [
    createShellGate({ processes }),
    createCoverageGate(),
    createFilesGate(),
    createSecretsGate(),
    createSchemaGate(),
    ...(agent ? [createJudgeGate({ agent })] : []),
  ] as readonly GateChecker[];
  return new Map(checkers.map((checker) => [checker.kind, checker]));
}
