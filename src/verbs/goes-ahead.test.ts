import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { temporaryFolder } from "../testing/testbed.ts";

/** Notes what it is asked; says something when it has been asked once and everybody else has had time to ask. */
function noting(told: string[], abilities = everyAbility): Agent {
  return {
    name: "noting",
    abilities,
    probe: async () => ({ available: true }),
    run: async ({ work }, { print }) => {
      told.push(work.kind === "prompt" ? work.prompt : "");
      for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
      told.push("says");
      print("hi", "agent");
      return { ok: true, output: "done", usage: { costUsd: 0, inputTokens: 1, outputTokens: 1 } };
    },
  };
}

async function run(agent: Agent): Promise<void> {
  const folder = temporaryFolder();
  const tutti = await openTutti({ cwd: folder, home: `${folder}/state`, state: "memory", agents: [agent] });
  onTestFinished(() => tutti.close());
  const steps = ["a", "b", "c"].map((name) => ({ name, prompt: name, preamble: "Rules." }));
  const value = {
    name: "w",
    agent: "noting",
    workspace: "none",
    chain: [{ name: "all", parallel: "all", steps }],
  };
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  await handle.done;
}

it("of agents that are told the same at once the first goes ahead, unless nobody would hear from it", async () => {
  const told: string[] = [];
  await run(noting(told));
  expect(told.map((one) => one === "says").slice(0, 4)).toEqual([false, true, false, false]);
  const silent: string[] = [];
  await run(noting(silent, { ...everyAbility, streaming: false }));
  expect(silent.slice(0, 3).toSorted()).toEqual(["a", "b", "c"]);
});
