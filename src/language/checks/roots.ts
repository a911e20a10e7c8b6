import type { TextUse } from "../drafts.ts";
import { shown } from "../read/loading.ts";
import type { Range } from "../source-text.ts";
import { complain, type ReferenceAt } from "./complain.ts";
import type { ScopeIndex } from "./scope.ts";

type RootCheck = (index: ScopeIndex, at: ReferenceAt) => void;

const runFields = ["id", "name", "started_at"];

/** How a reference to each reserved root is checked. */
export const rootChecks: Readonly<Record<string, RootCheck | undefined>> = {
  inputs(index, at) {
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
    complain(index, at, {
      code: "UNKNOWN_NAME",
      what: 'use "item"',
      why: "it exists only inside `for_each`, which this version of tutti does not do yet",
      fix: "write one step for each item",
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

const secretsMemo = new WeakMap<object, ReadonlySet<string>>();

/** Variables of the workflow's `env:` into which a secret goes. */
function secretVariables({ workflow }: ScopeIndex): ReadonlySet<string> {
  const known = secretsMemo.get(workflow);
  if (known) return known;
  const holding = ({ text }: TextUse) => /\$\{[^}]*\bsecrets\b/.test(text);
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
    why: "the workflow's `env:` is filled in before any step runs",
    fix: "use inputs, secrets or run here; give a step its own `env:` for other values",
  });
}

/** Reports a name that no root and no visible step has. */
export function unknownRoot(index: ScopeIndex, at: ReferenceAt, name: string): void {
  const { from } = at;
  if (!from) return notYet(index, at);
  const elsewhere = index.anywhere.get(name);
  const group = elsewhere?.block.owner;
  if (elsewhere && group) {
    return complain(index, at, {
      code: "NEVER_RUNS",
      what: `refer to "${name}"`,
      why: `it lies inside the group "${group.name}" and cannot be seen from here`,
      fix: `write ${expressionOf(group.name)}.output${memberOf(name)}`,
    });
  }
  const dashed = dashedName(at, index.report.affordable(index.dashed(from.block)));
  if (dashed) return reportDash(index, at, dashed);
  const names = index.visible(from.block);
  const guess = index.report.nearest(name, names) ?? index.report.nearest(name, Object.keys(rootChecks));
  complain(index, at, {
    code: "UNKNOWN_NAME",
    what: `use "${shown(name)}"`,
    why: "there is no step of this name and nothing else is called so",
    fix: guess
      ? `write ${expressionOf(guess)}`
      : `use one of ${[...names.slice(0, 10), ...Object.keys(rootChecks)].join(", ")}`,
  });
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
