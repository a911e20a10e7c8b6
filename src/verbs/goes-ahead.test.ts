import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { temporaryFolder } from "../testing/testbed.ts";

interface Noting {
  readonly streaming: boolean;
  /** It says nothing before so many have been asked. */
  readonly until: number;
}

/** Runs three steps that are told the same, side by side; gives how many had been asked when the first said something. */
async function askedBefore({ streaming, until }: Noting): Promise<number> {
  let asked = 0;
  let askedAtFirst = 0;
  const areEnough = (): boolean => asked >= until;
  const agent: Agent = {
    name: "noting",
    abilities: { ...everyAbility, streaming },
    probe: async () => ({ available: true }),
    run: async (_, { print }) => {
      asked += 1;
      for (let turn = 0; turn < 20 || !areEnough(); turn += 1) await new Promise(setImmediate);
      askedAtFirst ||= asked;
      print("hi", "agent");
      return { ok: true, output: "done", usage: { costUsd: 0, inputTokens: 1, outputTokens: 1 } };
    },
  };
  const folder = temporaryFolder();
  const tutti = await openTutti({ cwd: folder, home: `${folder}/state`, state: "memory", agents: [agent] });
  onTestFinished(() => tutti.close());
  const steps = ["a", "b", "c"].map((name) => ({ name, prompt: name, preamble: "Rules." }));
  const chain = [{ name: "all", parallel: "all", steps }];
  const value = { name: "w", agent: "noting", workspace: "none", chain };
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  await handle.done;
  expect([handle.state.status, asked]).toEqual(["completed", 3]);
  return askedAtFirst;
}

it("of agents that are told the same at once the first goes ahead, unless nobody would hear from it", async () => {
  expect(await askedBefore({ streaming: true, until: 1 })).toBe(1);
  expect(await askedBefore({ streaming: false, until: 3 })).toBe(3);
});
