import { compileExpression, type Expression, type Reference, type Scope } from "../expression/expression.ts";
import { compileShellTemplate } from "../expression/shell-template.ts";
import type { Gate } from "../language/gate.ts";
import type { GateCheck } from "./effects.ts";

export interface CompiledGate {
  readonly gate: Gate;
  /** Of a gate that is decided by what the run knows. */
  readonly expression: Expression | undefined;
  /** Of a gate that has to be checked outside. */
  readonly outside: OutsideCheck | undefined;
}

export interface OutsideCheck {
  readonly references: readonly Reference[];
  render(scope: Scope): GateCheck;
}

/** Compiles what is written in a gate. */
export function compileGate(gate: Gate): CompiledGate {
  return {
    gate,
    expression: gate.kind === "check" ? compileExpression(gate.expression) : undefined,
    outside: outsideCheck(gate),
  };
}

function outsideCheck(gate: Gate): OutsideCheck | undefined {
  switch (gate.kind) {
    case "run": {
      const line = compileShellTemplate(gate.line);
      const { references } = line;
      return { references, render: (scope) => ({ kind: "shell", shell: line.render(scope) }) };
    }
    case "check":
    case "claim":
      return undefined;
  }
}
