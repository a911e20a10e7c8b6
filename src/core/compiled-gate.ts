import { compileExpression, type Expression, type Reference, type Scope } from "../expression/expression.ts";
import { compileShellTemplate } from "../expression/shell-template.ts";
import { compileTemplate } from "../expression/template.ts";
import type { Gate, JudgeGate, JudgeQuestion, SchemaGate } from "../language/gate.ts";
import { compileAsk, type CompiledAsk } from "./compiled-ask.ts";
import type { GateCheck } from "./gate-check.ts";

export interface CompiledGate {
  readonly gate: Gate;
  /** Of a gate that is decided by what the run knows. */
  readonly expression: Expression | undefined;
  /** Of a gate that has to be checked outside. */
  readonly outside: OutsideCheck | undefined;
  /** Of a gate that asks people. */
  readonly ask: CompiledAsk | undefined;
}

export interface OutsideCheck {
  readonly references: readonly Reference[];
  render(scope: Scope, agentFor: AgentFor): GateCheck;
}

/** The agent that is asked when a gate wants this one. */
export type AgentFor = (wanted: { readonly agent?: string; readonly model?: string }) => {
  readonly agent: string;
  readonly model?: string;
};

/** Compiles what is written in a gate. */
export function compileGate(gate: Gate): CompiledGate {
  return {
    gate,
    expression: gate.kind === "check" ? compileExpression(gate.expression) : undefined,
    outside: outsideCheck(gate),
    ask: "ask" in gate && gate.ask ? compileAsk(gate.ask) : undefined,
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
    case "judge":
      return judgeCheck(gate);
    case "landing": {
      const { strategy, by } = gate;
      return withReferences([], () => ({ kind: "landing", strategy, by }));
    }
    case "check":
    case "claim":
    case "human":
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

function judgeCheck(gate: JudgeGate): OutsideCheck {
  const { question, threshold } = gate;
  const texts = question.about === "criteria" ? question.criteria : [question.criterion];
  const criteria = texts.map(compileTemplate);
  const prompt =
    question.about === "criteria" && question.prompt !== undefined
      ? compileTemplate(question.prompt)
      : undefined;
  return withReferences(prompt ? [...criteria, prompt] : criteria, (scope, agentFor) => {
    const rendered = criteria.map((one) => one.renderText(scope));
    const asked: JudgeQuestion =
      question.about === "criteria"
        ? { about: "criteria", criteria: rendered, ...(prompt ? { prompt: prompt.renderText(scope) } : {}) }
        : { about: "duplication", criterion: rendered.join("\n") };
    return {
      kind: "judge",
      ...agentFor(gate),
      question: asked,
      ...(threshold === undefined ? {} : { threshold }),
    };
  });
}

function withReferences(
  parts: readonly { readonly references: readonly Reference[] }[],
  render: OutsideCheck["render"],
): OutsideCheck {
  return { references: parts.flatMap(({ references }) => references), render };
}
