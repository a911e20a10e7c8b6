import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Decision } from "../src/core/policies/vote.ts";
import type { RunView } from "../src/core/view.ts";
import { openTutti, type TuttiOptions } from "../src/engine.ts";

/* Votes of many agents, run by the engine on the mock: 100 voters, of whom 10 fail and 5 answer in the wrong shape. */

const voters = Array.from({ length: 100 }, (_, at) => `v${at}`);

function fate(at: number): "fails" | "lies" | "ship" | "hold" {
  if (at % 10 === 3) return "fails";
  if (at % 20 === 7) return "lies";
  return at % 2 === 0 ? "ship" : "hold";
}

const rules = voters.map((voter, at) => {
  const step = `round[${voter}]/say`;
  const is = fate(at);
  if (is === "fails") return { step, fail: { class: "permanent", message: "it broke" } };
  return { step, output: { vote: is === "lies" ? 7 : is, reason: `because of ${voter}` } };
});

function textOf(tally: string): string {
  return `
name: votes
limits: { parallel: 8, agents: 200 }
agent: mock
chain:
  - name: round
    for_each: { items: ${JSON.stringify(voters)}, as: who, key: who }
    error_strategy: continue_on_failure
    steps:
      - name: say
        prompt: Vote, \${ who }.
        output: { type: object, properties: { vote: { enum: [ship, hold] } }, required: [vote] }
  - name: decide
    tally: { votes: "\${ round.output }", options: [ship, hold], ${tally} }
`;
}

function opened(options: TuttiOptions = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "tutti-votes-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  // a project of its own, whatever lies around it
  mkdirSync(join(cwd, ".git"));
  const open = () => openTutti({ cwd, state: "memory", mock: { rules }, ...options });
  return { open };
}

function nodeOf({ nodes }: RunView, address: string) {
  const node = nodes.find((one) => one.address === address);
  if (!node) throw new Error(`there is no ${address}`);
  return node;
}

const of = (is: ReturnType<typeof fate>) => voters.filter((_, at) => fate(at) === is).toSorted();

async function run(tally: string): Promise<RunView> {
  const { open } = opened();
  const tutti = await open();
  try {
    const handle = await tutti.start(
      await tutti.load({ kind: "text", text: textOf(tally), origin: "votes.yaml" }),
    );
    await handle.done;
    return await tutti.show(handle.id);
  } finally {
    await tutti.close();
  }
}

describe("a hundred voters", () => {
  it("are counted, those that voted, whoever was first", { timeout: 60_000 }, async () => {
    const view = await run("quorum: 80");
    expect(view.status).toBe("degraded");
    const decision = nodeOf(view, "decide").output as unknown as Decision;
    const [ship, hold] = [of("ship"), of("hold")];
    expect(decision).toMatchObject({
      decision: "ship",
      decided_by: "count",
      reason: `"ship" has ${ship.length} of ${ship.length + hold.length} votes`,
      counts: [
        { option: "ship", votes: ship.length, voters: ship },
        { option: "hold", votes: hold.length, voters: hold },
      ],
      absent: [...of("fails"), ...of("lies")].toSorted(),
      invalid: [],
    });
    expect(decision.dissent.map(({ voter, reason }) => ({ voter, reason }))).toEqual(
      hold.map((voter) => ({ voter, reason: `because of ${voter}` })),
    );
    expect(of("fails")).toHaveLength(10);
    expect(of("lies")).toHaveLength(5);
  });

  it("decide nothing where too many of them are missing", { timeout: 60_000 }, async () => {
    const view = await run("quorum: 90");
    expect(view.status).toBe("failed");
    expect(nodeOf(view, "decide").failure).toMatchObject({
      code: "NO_DECISION",
      message: "Cannot decide: 90 must have voted, and 85 have",
    });
  });

  it("are not asked again by a run that goes on", { timeout: 60_000 }, async () => {
    const { open } = opened({ state: "disk" });
    const first = await open();
    const source = await first.load({ kind: "text", text: textOf("quorum: 90"), origin: "votes.yaml" });
    const handle = await first.start(source);
    await handle.done;
    await first.close();
    const second = await open();
    const update = await second.load({ kind: "text", text: textOf("quorum: 80"), origin: "votes.yaml" });
    const again = await second.resume(handle.id, { update });
    await again.done;
    const view = await second.show(handle.id);
    await second.close();
    expect(nodeOf(view, "decide").output).toMatchObject({ decision: "ship" });
    expect(view.counts.reused).toBe(85);
    expect(view.ledger.agents).toBe(115);
  });
});
