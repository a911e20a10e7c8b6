import { isObject } from "../../expression/json.ts";
import { checkEnvNames } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import { type BlockDraft, emptyBlock, type WorkflowDraft } from "../drafts.ts";
import { workflowShape } from "../shapes.ts";
import { readInputs } from "./inputs.ts";
import { readLimits } from "./limits.ts";
import { readContextWindow } from "./prompt-keys.ts";
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
  const env = read.part("env");
  checkEnvNames(loading.report, env);
  const limits = readLimits(loading, read.part("limits"));
  const context = readContextWindow(loading, read.part("context_window"));
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
    resources: new Map(Object.entries(leaves.resources ?? {})),
    block: withGates(loading, read),
  };
}

function withGates(loading: Loading, read: ReadObject<typeof workflowShape>): BlockDraft {
  const block = readKind(loading, read);
  addRunGates(loading, block, read.part("gates"));
  addUndo(loading, block, { at: read.part("undo"), blocks: blockReader(loading) });
  return block;
}

/** The steps, by the kind of the workflow. */
function readKind(loading: Loading, read: ReadObject<typeof workflowShape>): BlockDraft {
  const chain = read.part("chain");
  const flow = read.part("flow");
  if (chain && flow) {
    loading.report.add({
      code: "BAD_VALUE",
      message: 'Cannot use "flow" here: the workflow already has "chain", and a file is one workflow',
      fix: "write the flow as a step of the chain",
      at: flow.spot,
      part: "key",
    });
  }
  if (chain) return readBlock(loading, chain);
  if (flow) return readFlowBlock(loading, flow);
  missingChain(loading, read.whole);
  return emptyBlock();
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
    (key) => Object.hasOwn(workflowShape.notSupported, key) || report.nearest(key, ["chain", "flow"]),
  );
  if (excused) return;
  report.add({
    code: "MISSING_KEY",
    message: 'Cannot use the workflow: it has no "chain" and no "flow"',
    fix: 'add "chain:" with its "steps:"',
    at: at.spot,
  });
}
