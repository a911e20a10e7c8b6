import { isObject } from "../../expression/json.ts";
import { checkEnvNames } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import { Builder, type Target } from "../dialects/builder.ts";
import { type BlockDraft, emptyBlock, type WorkflowDraft } from "../drafts.ts";
import { workflowShape } from "../shapes.ts";
import { readInputs } from "./inputs.ts";
import { readLimits } from "./limits.ts";
import { checkUsualNames, readContextWindow } from "./prompt-keys.ts";
import { readMemory } from "./memory.ts";
import type { Loading, Located } from "./loading.ts";
import { readServers } from "./mcp.ts";
import { type ReadObject, readObject } from "./read-object.ts";
import { addRunGates } from "./run-gates.ts";
import { blockReader, readBlock, readFlowBlock } from "./steps.ts";
import { addUndo } from "./undo.ts";
import { templateUsesIn } from "./texts.ts";
import { readWorkspace } from "./workspace.ts";

export interface WorkflowOptions {
  /** Name of a workflow that does not say its own. */
  readonly fallbackName: string;
}

/** Reads a workflow in canonical form. Undefined when it is no object or has no chain. */
export function readWorkflow(
  around: Loading,
  at: Located,
  { fallbackName }: WorkflowOptions,
): WorkflowDraft | undefined {
  const read = readObject(around, at, workflowShape);
  if (!read) return undefined;
  const mcp = readServers(around, read.part("mcp_servers"));
  const loading = { ...around, servers: mcp.servers };
  const { leaves } = read;
  for (const [name, capacity] of Object.entries(leaves.resources ?? {}))
    loading.resources.set(name, capacity);
  const env = read.part("env");
  checkEnvNames(loading.report, env);
  const limits = readLimits(loading, read.part("limits"));
  const context = readContextWindow(loading, read.part("context_window"));
  const block = withGates(loading, read);
  checkUsualNames(loading, read.part("context_window"), block);
  const { mode: workspace = "auto", trees, merge } = readWorkspace(loading, read.part("workspace"));
  return {
    head: {
      ...headOf(leaves, fallbackName),
      workspace,
      ...defined({
        limitRules: limits.rules,
        ownLimits: limits.own,
        contextWindow: context.window,
        trees,
        merge,
      }),
    },
    inputs: readInputs(loading, read.part("inputs")),
    env: leaves.env ?? {},
    envTexts: [...(env ? templateUsesIn(env, "workflow") : []), ...mcp.texts],
    ...defined({
      memory: readMemory(loading, read.part("memory")),
      agent: leaves.agent === undefined ? undefined : { name: leaves.agent, spot: read.spotOf("agent") },
      backups: [
        ...(leaves.fallback_agents ?? []).map((name) => ({ name, spot: read.spotOf("fallback_agents") })),
        ...context.callees,
      ],
    }),
    limits: limits.limits,
    resources: loading.resources,
    block,
  };
}

function withGates(loading: Loading, read: ReadObject<typeof workflowShape>): BlockDraft {
  const block = readKind(loading, read);
  addRunGates(loading, block, read.part("gates"));
  addUndo(loading, block, { at: read.part("undo"), blocks: blockReader(loading) });
  return block;
}

/** Keys that say what kind of workflow it is; a file has one of them. */
const kinds = ["chain", "flow", "swarm", "pipeline"] as const;

/** The steps, by the kind of the workflow. */
function readKind(loading: Loading, read: ReadObject<typeof workflowShape>): BlockDraft {
  const [first, second] = kinds.flatMap((kind) => {
    const at = read.part(kind);
    return at ? [{ kind, at }] : [];
  });
  if (first && second) {
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${second.kind}" here: the workflow already has "${first.kind}", and a file is one workflow`,
      fix: `write the ${second.kind} as a step of the chain`,
      at: second.at.spot,
      part: "key",
    });
  }
  switch (first?.kind) {
    case "chain":
      return readBlock(loading, first.at);
    case "flow":
      return readFlowBlock(loading, first.at);
    case "swarm":
    case "pipeline":
      return readBlock(loading, asStep(loading, first.kind, first.at));
    default:
      missingChain(loading, read.whole);
      return emptyBlock();
  }
}

/** A swarm or a pipeline that is a whole workflow is its only step. */
function asStep(loading: Loading, name: "swarm" | "pipeline", at: Located): Located {
  const step: Target = { name };
  new Builder(loading).put(step, name, { from: at });
  return { value: [step], spot: at.spot };
}

function headOf(
  leaves: ReadObject<typeof workflowShape>["leaves"],
  fallbackName: string,
): Omit<WorkflowDraft["head"], "workspace"> {
  const {
    name = fallbackName,
    save_state: saveState = true,
    description,
    agent,
    fallback_agents: fallbackAgents,
    model,
    thinking,
  } = leaves;
  return { name, saveState, ...defined({ description, agent, fallbackAgents, model, thinking }) };
}

function missingChain({ report }: Loading, at: Located): void {
  const keys = isObject(at.value) ? Object.keys(at.value) : [];
  // A key of a kind that is not supported, or a misspelled one, has been reported by itself.
  const excused = keys.some(
    (key) => Object.hasOwn(workflowShape.notSupported, key) || report.nearest(key, kinds),
  );
  if (excused) return;
  report.add({
    code: "MISSING_KEY",
    message: 'Cannot use the workflow: it has no "chain", no "flow", no "swarm" and no "pipeline"',
    fix: 'add "chain:" with its "steps:"',
    at: at.spot,
  });
}
