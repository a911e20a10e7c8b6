import { batchNames, type PipelineDraft, type StepDraft, type TextUse } from "../drafts.ts";
import { blackboardAround } from "../read/board.ts";
import { shown } from "../read/loading.ts";
import type { Range } from "../source-text.ts";
import { complain, type ReferenceAt } from "./complain.ts";
import { isInRound, type ScopeIndex, visibleStep } from "./scope.ts";

type RootCheck = (index: ScopeIndex, at: ReferenceAt) => void;

const boardFields = ["entries", "facts", "conflicts", "news"];
const runFields = ["id", "name", "started_at"];

/** How a reference to each reserved root is checked. */
export const rootChecks: Readonly<Record<string, RootCheck | undefined>> = {
  inputs(index, at) {
    const [name = ""] = at.reference.path;
    if (batchNames.includes(name) && at.from && pipelineAround(at.from) && !index.workflow.inputs.has(name))
      return ofStage(index, at, name);
    declared(index, at, { names: index.workflow.inputs, what: "input", key: "inputs" });
  },
  env(index, at) {
    if (at.from === undefined) return notYet(index, at);
    declared(index, at, { names: index.variables, what: "variable", key: "env" });
    if (at.use.where !== "private" && secretVariables(index).has(at.reference.path[0] ?? ""))
      secretShown(index, at);
  },
  secrets(index, at) {
    if (at.use.where !== "private" && at.use.where !== "workflow") return secretShown(index, at);
    if (at.reference.path.length > 0) return;
    complain(index, at, {
      code: "BAD_VALUE",
      what: 'use "secrets"',
      why: "it stands for all of them",
      fix: "name one: secrets.NAME",
    });
  },
  run(index, at) {
    const [field] = at.reference.path;
    if (field === undefined || runFields.includes(field)) return;
    const guess = index.report.nearest(field, runFields);
    complain(index, at, {
      code: "UNKNOWN_NAME",
      what: `use "run.${shown(field)}"`,
      why: "a run has no such field",
      fix: guess ? `write "run.${guess}"` : `use one of ${runFields.map((name) => `run.${name}`).join(", ")}`,
    });
  },
  item(index, at) {
    const name = at.from && nearestItem(at.from);
    complain(index, at, {
      code: "UNKNOWN_NAME",
      what: 'use "item"',
      why: name === undefined ? "it exists only inside `for_each`" : `the item is called "${name}" here`,
      fix: name === undefined ? "put the step into the steps of a `for_each`" : `write ${name}`,
    });
  },
  board(index, at) {
    const field = at.reference.path[0];
    if (at.from && blackboardAround(at.from) === undefined) {
      return complain(index, at, {
        code: "UNKNOWN_NAME",
        what: 'use "board"',
        why: "there is no blackboard around it",
        fix: "put `blackboard: {}` on a group of steps around it",
      });
    }
    if (!at.from) return notYet(index, at);
    if (field === undefined || boardFields.includes(field)) return;
    const guess = index.report.nearest(field, boardFields);
    complain(index, at, {
      code: "UNKNOWN_NAME",
      what: `use "board.${shown(field)}"`,
      why: "a blackboard has no such field",
      fix: guess
        ? `write "board.${guess}"`
        : `use one of ${boardFields.map((name) => `board.${name}`).join(", ")}`,
    });
  },
  feedback(index, at) {
    if (at.from === undefined) notYet(index, at);
  },
};

interface Declared {
  readonly names: ReadonlyMap<string, unknown>;
  readonly what: string;
  readonly key: string;
}

function declared(index: ScopeIndex, at: ReferenceAt, { names, what, key }: Declared): void {
  const [name] = at.reference.path;
  if (name === undefined || names.has(name)) return;
  const guess = index.report.nearest(name, names);
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "${key}.${shown(name)}"`,
    why: `the workflow declares no ${what} of this name`,
    fix: guess ? `write "${key}.${guess}"` : `declare it under "${key}:"`,
  });
}

/** The run of a batch has it as an input, and what stands in the stage calls it by its name. */
function ofStage(index: ScopeIndex, at: ReferenceAt, name: string): void {
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "inputs.${name}"`,
    why: "it is no input of the workflow",
    fix: `write ${name}`,
  });
}

const secretsMemo = new WeakMap<object, ReadonlySet<string>>();

/** Variables of the workflow's `env:` into which a secret goes. */
function secretVariables({ workflow }: ScopeIndex): ReadonlySet<string> {
  const known = secretsMemo.get(workflow);
  if (known) return known;
  const holding = ({ text, key }: TextUse) => key === undefined && /\$\{[^}]*\bsecrets\b/.test(text);
  const names = new Set(workflow.envTexts.filter(holding).map(({ spot }) => String(spot.member?.key ?? "")));
  secretsMemo.set(workflow, names);
  return names;
}

function secretShown(index: ScopeIndex, at: ReferenceAt): void {
  const written = [at.reference.root, ...at.reference.path].join(".");
  complain(index, at, {
    code: "BAD_VALUE",
    what: `use "${shown(written)}" here`,
    why: "the secret would be seen in logs, prompts and results",
    fix: "put it into the step's `env:` and read the variable there, or into the url, headers or body of `http:`",
  });
}

function notYet(index: ScopeIndex, at: ReferenceAt): void {
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "${at.reference.root}" here`,
    why: `the workflow's \`${at.use.key ?? "env"}:\` is filled in before any step runs`,
    fix: "use inputs, secrets or run here; give a step its own `env:` for other values",
  });
}

/** Reports a name that no root and no visible step has. */
export function unknownRoot(index: ScopeIndex, at: ReferenceAt, name: string): void {
  const { from } = at;
  if (!from) return notYet(index, at);
  const elsewhere = index.anywhere.get(name);
  const hidden = elsewhere && hiddenPlace(elsewhere, at);
  if (hidden) {
    return complain(index, at, {
      code: "NEVER_RUNS",
      what: `refer to "${name}"`,
      why: `it lies inside "${hidden.holder}" and cannot be seen from here`,
      fix: hidden.fix,
    });
  }
  const dashed = dashedName(at, index.report.affordable(index.dashed(from.block)));
  if (dashed) return reportDash(index, at, dashed);
  const around = pipelineAround(from);
  if (around?.stages.some((stage) => stage.name === name)) {
    return complain(index, at, {
      code: "UNKNOWN_NAME",
      what: `refer to "${name}"`,
      why: "it is a stage, and what it gives comes to the stages behind it record by record",
      fix: "write record",
    });
  }
  const visible = index.visible(from.block);
  const names = at.use.names ? [...at.use.names, ...visible] : visible;
  const others = names.slice(0, 11).filter((other) => other !== from.name);
  const guess = index.report.nearest(name, names) ?? index.report.nearest(name, Object.keys(rootChecks));
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "${shown(name)}"`,
    why: "there is no step of this name and nothing else is called so",
    fix: guess
      ? `write ${expressionOf(guess)}`
      : `use one of ${[...others.slice(0, 10), ...Object.keys(rootChecks)].join(", ")}`,
  });
}

/** The pipeline that a step is, or in a stage of which it lies. */
function pipelineAround(from: StepDraft): PipelineDraft | undefined {
  for (let step: StepDraft | undefined = from; step; step = step.block.owner)
    if (step.action.kind === "pipeline") return step.action;
  return undefined;
}

interface HiddenPlace {
  readonly holder: string;
  readonly fix: string;
}

/** Inside which step a step lies that cannot be seen, and how to ask for its output from outside. */
function hiddenPlace(hidden: StepDraft, at: ReferenceAt): HiddenPlace | undefined {
  const { from } = at;
  if (!from) return undefined;
  let path = memberOf(hidden.name);
  for (let step = hidden.block.owner; step; step = step.block.owner) {
    const whole = expressionOf(step.name);
    const visible = visibleStep(from, step.name) === step;
    if (step.action.kind === "pipeline") {
      const fix = "it works on records: read them from the sink, or from the output of the pipeline";
      return { holder: step.name, fix };
    }
    if (step.action.kind === "each") {
      const holder = visible ? `${whole}.output` : `the output of "${step.name}"`;
      const fix = `use ${holder}, a list with {key, item, ok, output, error} of each item; there it is output${path}`;
      return { holder: step.name, fix };
    }
    if (visible) {
      const given = isInRound(step, at) ? "last" : "output";
      return { holder: step.name, fix: `write ${whole}.${given}${path}` };
    }
    path = memberOf(step.name) + path;
  }
  return undefined;
}

/** The name of the item of the nearest `for_each` around a step. */
function nearestItem(from: StepDraft): string | undefined {
  for (let step = from.block.owner; step; step = step.block.owner) {
    if (step.action.kind === "each") return step.action.as;
  }
  return undefined;
}

/** How a step is written in an expression: CEL reads a dash as minus. */
function expressionOf(name: string): string {
  return name.includes("-") ? `steps["${name}"]` : name;
}

function memberOf(name: string): string {
  return name.includes("-") ? `["${name}"]` : `.${name}`;
}

/** The step with a dash in its name that was meant by `sign_off` or by `sign-off`, and the words that mean it. */
function dashedName({ use, reference }: ReferenceAt, names: readonly string[]): Dashed | undefined {
  for (const name of names) {
    const { start, end } = reference;
    if (name.replaceAll("-", "_") === reference.root) return { name, range: { start, end } };
    const at = use.text.indexOf(name, Math.max(0, start - name.length));
    if (at >= 0 && at <= start && start < at + name.length)
      return { name, range: { start: at, end: at + name.length } };
  }
  return undefined;
}

interface Dashed {
  readonly name: string;
  readonly range: Range;
}

function reportDash(index: ScopeIndex, at: ReferenceAt, { name, range }: Dashed): void {
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "${name}" like this`,
    why: "in an expression a dash is a minus",
    fix: `write ${expressionOf(name)}`,
    range,
  });
}
