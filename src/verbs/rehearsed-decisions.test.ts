import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";

it("keeps what runs of agents that only play decide apart from what real runs learn of", async () => {
  const tutti = await openTutti({
    cwd: temporaryFolder(),
    home: temporaryFolder(),
    functions: { a: () => "a", b: () => "b" },
  });
  onTestFinished(() => tutti.close());
  const ways = {
    a: { when: "true", steps: [{ function: "a" }] },
    b: { when: "true", steps: [{ function: "b" }] },
  };
  const workflow = (agents: boolean) => ({
    name: "shop",
    chain: {
      steps: [
        { name: "route", switch: { cases: ways, adaptive: true } },
        ...(agents ? [{ name: "ask", agent: "mock", prompt: "hi" }] : []),
      ],
    },
  });
  const play = async (agents: boolean) => {
    const value = workflow(agents);
    const handle = await tutti.start(await tutti.load({ kind: "object", value }));
    await handle.done;
  };
  await play(true);
  await play(true);
  await play(false);
  const found = await tutti.insights.decisions();
  const told = found.map(({ rehearsal, cases, outdated }) => ({ rehearsal, cases, outdated }));
  expect(told).toHaveLength(2);
  expect(told).toContainEqual({ rehearsal: true, cases: 2, outdated: false });
  expect(told).toContainEqual({ rehearsal: false, cases: 1, outdated: false });
});
