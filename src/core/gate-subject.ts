import type { Request } from "./effects.ts";
import type { GateSubject, GateWork } from "./gate-check.ts";
import type { NodeState } from "./node.ts";
import { outputOf } from "./scope.ts";
import type { RunState } from "./state.ts";

/** What the gate of a node that is checked now looks at: the work of the step, or, at the end of a run, of all of it. */
export function subjectOf(state: RunState, node: NodeState): GateSubject {
  if (node.gate?.ref.when === "before") {
    return node.plan.step.action.kind === "gates" ? wholeRun(state, node) : {};
  }
  const { attemptAt, filesBefore } = node;
  return {
    ...judgedPart(node),
    ...(attemptAt === undefined ? {} : { since: attemptAt }),
    ...(filesBefore ? { filesBefore } : {}),
  };
}

/** What a judge is told of the work: nobody else needs it. */
function judgedPart({ gate, request, outcome }: NodeState): Pick<GateSubject, "work"> {
  if (gate?.check.kind !== "judge" || !outcome) return {};
  const { output, changedFiles } = outcome;
  const work = {
    ...(request ? askedPart(request) : {}),
    ...(output === undefined ? {} : { output }),
    ...(changedFiles ? { changedFiles } : {}),
  };
  return { work };
}

function wholeRun(state: RunState, node: NodeState): GateSubject {
  const since = state.createdAt;
  return node.gate?.check.kind === "judge" ? { since, work: workAround(state, node) } : { since };
}

/** What all others of a block did, with what lies in them. */
function workAround(state: RunState, node: NodeState): GateWork {
  const others = node.parent?.children.filter((child) => child !== node && child.phase === "ended") ?? [];
  const files = new Set<string>();
  const agents = new Set<string>();
  for (const done of leavesOf(others)) {
    for (const file of done.outcome?.changedFiles ?? []) files.add(file);
    if (done.request && "agent" in done.request) agents.add(done.request.agent);
  }
  return {
    asked: taskOf(state, node),
    steps: others.map((child) => ({ name: child.plan.step.name, output: outputOf(state, child) })),
    changedFiles: [...files].toSorted(),
    agents: [...agents],
  };
}

function* leavesOf(nodes: readonly NodeState[]): Generator<NodeState> {
  for (const node of nodes) {
    yield node;
    yield* leavesOf(node.children);
  }
}

/** The workflow whose gates these are, and what it was given. */
function taskOf({ workflow, inputs }: RunState, { parent }: NodeState): string {
  const action = parent?.plan.step.action;
  const called = action?.kind === "chain" ? action.call : undefined;
  const { name, description = "" } = called ? { name: called.workflow } : workflow;
  const given = JSON.stringify(parent?.inputs ?? inputs);
  return [`the workflow ${name}`, description, given === "{}" ? "" : `with ${given}`]
    .filter(Boolean)
    .join("\n");
}

function afterPreamble({ preamble }: { readonly preamble?: string }, work: string): string {
  return preamble === undefined ? work : `${preamble}\n\n${work}`;
}

function askedPart(request: Request): Pick<GateWork, "asked" | "agents"> {
  switch (request.kind) {
    case "command":
      return {
        asked: afterPreamble(request, `${request.command} ${request.arguments}`.trim()),
        agents: [request.agent],
      };
    case "agent":
      return { asked: afterPreamble(request, request.prompt), agents: [request.agent] };
    case "run":
      return { asked: request.shell.line };
    case "http":
      // a URL may hold secrets
      return { asked: `an HTTP ${request.method}` };
    case "function":
      return { asked: `${request.function}()` };
    case "mcp":
      return { asked: `${request.server}.${request.tool}(${JSON.stringify(request.args)})` };
    default:
      return {};
  }
}
