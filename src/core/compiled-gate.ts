import { compileExpression, type Expression, type Reference, type Scope } from "../expression/expression.ts";
import { compileShellTemplate } from "../expression/shell-template.ts";
import { compileTemplate } from "../expression/template.ts";
import type { Gate, SchemaGate } from "../language/gate.ts";
import type { GateCheck } from "./gate-check.ts";

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
      return withReferences([line], (scope) => ({ kind: "shell", shell: line.render(scope) }));
    }
    case "coverage": {
      const { format, minimum } = gate;
      const file = compileTemplate(gate.file);
      return withReferences([file], (scope) => ({
        kind: "coverage",
        file: file.renderText(scope),
        ...(format ? { format } : {}),
        minimum,
      }));
    }
    case "files": {
      const { name: _, level: __, retry: ___, ...check } = gate;
      return withReferences([], () => check);
    }
    case "secrets": {
      const { in: where, allow } = gate;
      return withReferences([], () => ({ kind: "secrets", in: where, allow }));
    }
    case "schema":
      return schemaCheck(gate);
    case "check":
    case "claim":
      return undefined;
  }
}

function schemaCheck({ of, is }: SchemaGate): OutsideCheck {
  const value = "expression" in of ? compileExpression(of.expression) : undefined;
  const file = "file" in of ? compileTemplate(of.file) : undefined;
  const schemaFile = "file" in is ? compileTemplate(is.file) : undefined;
  const parts = [value, file, schemaFile].filter((part) => part !== undefined);
  return withReferences(parts, (scope) => ({
    kind: "schema",
    of: value
      ? { value: value.evaluate(scope), expression: value.source }
      : { file: file?.renderText(scope) ?? "" },
    is: "schema" in is ? is : { file: schemaFile?.renderText(scope) ?? "" },
  }));
}

function withReferences(
  parts: readonly { readonly references: readonly Reference[] }[],
  render: OutsideCheck["render"],
): OutsideCheck {
  return { references: parts.flatMap(({ references }) => references), render };
}
