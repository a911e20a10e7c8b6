import type { NodeView, RunView } from "../../src/core/view.ts";

/** A node as it is shown, for tests that draw. */
export function nodeView(address: string, rest: Partial<NodeView> = {}): NodeView {
  return {
    address,
    name: address.split("/").at(-1) ?? address,
    depth: address.split("/").length - 1,
    kind: "step",
    action: "run",
    title: `echo ${address}`,
    status: "pending",
    attempt: rest.startedAt === undefined ? 0 : 1,
    expectedMs: 1000,
    costUsd: 0,
    reused: false,
    cached: false,
    gates: [],
    ...rest,
  };
}

const limits: RunView["limits"] = {
  costUsd: 10,
  tokens: 1000,
  agents: 50,
  timeMs: 3_600_000,
  parallel: 8,
  outputBytes: 1_000_000,
};

const ledger: RunView["ledger"] = {
  costUsd: 0,
  unknownCosts: 0,
  presumedUsd: 0,
  cachedTokens: 0,
  inputTokens: 0,
  outputTokens: 0,
  agents: 0,
  attempts: 0,
  reused: 0,
  cached: 0,
  activeMs: 0,
};

const budget: RunView["budget"] = {
  mode: "enforce",
  spentUsd: 0,
  presumedUsd: 0,
  unknownPrices: 0,
  heldUsd: 0,
  unpredicted: 0,
  underWay: 0,
  capUsd: 10,
  leftUsd: 10,
  nodes: [],
};

/** A run of these nodes, executing, with counts that fit them. */
export function runView(nodes: readonly NodeView[], rest: Partial<RunView> = {}): RunView {
  const steps = nodes.filter(({ kind }) => kind === "step" || kind === "wait");
  const count = (status: NodeView["status"]) => steps.filter((node) => node.status === status).length;
  return {
    id: "run1",
    name: "demo",
    status: "executing",
    createdAt: 0,
    updatedAt: 0,
    inputs: {},
    limits,
    ledger,
    budget,
    life: 1,
    counts: {
      verified: count("verified"),
      claimed: count("claimed"),
      skipped: count("skipped"),
      failed: count("failed"),
      blocked: count("blocked"),
      cancelled: count("cancelled"),
      total: steps.length,
      running: count("running"),
      reused: steps.filter((node) => node.reused).length,
    },
    nodes,
    ...rest,
  };
}

/** Steps in groups of ten, of which some run, some failed and the first half ended. */
export function manyNodes(count: number): readonly NodeView[] {
  return Array.from({ length: count }, (_, index) => {
    if (index % 10 === 0) return nodeView(`g${index}`, { kind: "group", status: "open", startedAt: 0 });
    const address = `g${index - (index % 10)}/s${index}`;
    if (index % 1001 === 7) return nodeView(address, { status: "running", startedAt: 0 });
    if (index % 503 === 9) return nodeView(address, { status: "failed", startedAt: 0, endedAt: index });
    if (index < count / 2) return nodeView(address, { status: "verified", startedAt: 0, endedAt: index });
    return nodeView(address);
  });
}
