import type { Report } from "../diagnostics/report.ts";
import type { Callee, NameUse, WorkflowDraft } from "../drafts.ts";
import { reportTemplate } from "./constants.ts";
import { type Loading, shown } from "../read/loading.ts";
import { allSteps } from "./names.ts";

/** Reports commands, agents and functions that nobody knows, and resources that are used but not declared. */
export function checkKnownNames(loading: Loading, workflow: WorkflowDraft): void {
  const { agent, backups = [], block } = workflow;
  for (const use of agent ? [agent, ...backups] : backups) checkCallee(loading, { kind: "agent", ...use });
  for (const step of [...allSteps(block), ...(block.undoing ? [block.undoing] : [])]) {
    for (const callee of step.callees) checkCallee(loading, callee);
  }
  checkResources(loading, workflow);
}

const words = {
  command: { code: "UNKNOWN_COMMAND", list: "commands", what: "the command", where: "tutti commands" },
  agent: { code: "UNKNOWN_AGENT", list: "agents", what: "the agent", where: "tutti doctor" },
  function: {
    code: "UNKNOWN_FUNCTION",
    list: "functions",
    what: "the function",
    where: "the program's own code",
  },
} as const;

function checkCallee(loading: Loading, callee: Callee): void {
  const { code, list, what, where } = words[callee.kind];
  if (callee.name.includes("${")) {
    const message = `Cannot use "${shown(callee.name)}" as ${what}: its name is fixed when the file is loaded`;
    loading.report.add({ code: "BAD_VALUE", message, fix: "write the name itself", at: callee.spot });
    return;
  }
  const known = loading.known[list];
  if (!known || isKnown(callee, known)) return;
  const guess = guessOf(loading, callee, known);
  loading.report.add({
    code,
    message: `Cannot find ${what} "${shown(callee.name)}": there is none of this name`,
    fix: guess ? `write "${guess}"` : `see ${where} for the names there are`,
    at: callee.spot,
  });
}

function isKnown({ kind, name }: Callee, known: readonly string[]): boolean {
  if (kind !== "command") return known.includes(name);
  const wanted = commandKey(name);
  const keys = commandKeys(known);
  // As the catalog resolves: the file, the folder's execute.md, or the only name that contains it.
  if (keys.has(wanted) || keys.has(`${wanted}:execute`)) return true;
  return known.filter((each) => commandKey(each).includes(wanted)).length === 1;
}

const keysMemo = new WeakMap<readonly string[], ReadonlySet<string>>();

function commandKeys(known: readonly string[]): ReadonlySet<string> {
  const keys = keysMemo.get(known) ?? new Set(known.map(commandKey));
  keysMemo.set(known, keys);
  return keys;
}

function guessOf({ report }: Loading, { kind, name }: Callee, known: readonly string[]): string | undefined {
  if (kind !== "command") return report.nearest(name, known);
  const guess = report.nearest(commandKey(name), [...commandKeys(known)]);
  return guess && `/${guess}`;
}

/** `/milestone/plan`, `milestone plan` and `milestone:plan` are one command. */
function commandKey(name: string): string {
  return name
    .trim()
    .replace(/^\//, "")
    .replaceAll(/[\s/:]+/g, ":");
}

function checkResources({ report }: Loading, { resources, block }: WorkflowDraft): void {
  const declared = new Set(resources.keys());
  for (const step of allSteps(block)) {
    for (const use of step.locks) {
      if (!reportTemplate(report, use, "locks")) checkLock(report, use, resources);
    }
    for (const use of step.uses) {
      if (!declared.has(use.name) && !reportTemplate(report, use, "uses"))
        unknownResource(report, use, declared);
    }
  }
}

function checkLock(report: Report, { name, spot }: NameUse, resources: Map<string, number>): void {
  const capacity = resources.get(name) ?? 1;
  if (capacity === 1) {
    resources.set(name, 1);
    return;
  }
  const message = `Cannot lock "${shown(name)}": it is a resource that ${capacity} steps may hold`;
  const fix = `write "uses: [${name}]", or choose another name`;
  report.add({ code: "BAD_VALUE", message, fix, at: spot });
}

function unknownResource(report: Report, { name, spot }: NameUse, declared: ReadonlySet<string>): void {
  const guess = report.nearest(name, [...declared]);
  report.add({
    code: "UNKNOWN_NAME",
    message: `Cannot use the resource "${shown(name)}": the workflow declares none of this name`,
    fix: guess ? `write "${guess}"` : `add "resources: {${name}: 1}" to the workflow`,
    at: spot,
  });
}
