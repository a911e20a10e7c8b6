import { createCoverageGate } from "./coverage.ts";
import { createFilesGate } from "./files.ts";
import { createSchemaGate } from "./schema.ts";
import { createSecretsGate } from "./secrets.ts";
import { createShellGate } from "./shell.ts";
import type { GateChecker } from "../../ports/gate-checker.ts";
import type { Processes } from "../../ports/processes.ts";

/** The checkers that tutti has of its own, by the kind of check they make. */
export function gateCheckers({
  processes,
}: {
  readonly processes: Processes;
}): ReadonlyMap<string, GateChecker> {
  const checkers = [
    createShellGate({ processes }),
    createCoverageGate(),
    createFilesGate(),
    createSecretsGate(),
    createSchemaGate(),
  ] as readonly GateChecker[];
  return new Map(checkers.map((checker) => [checker.kind, checker]));
}
