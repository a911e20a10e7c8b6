import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../../engine.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { cachedText } from "./words.ts";

it("says how many tokens a provider's cache served, where agents say it", () => {
  expect(cachedText({ cachedTokens: 8000 })).toBe(", 8,000 of them cached");
  expect(cachedText({ cachedTokens: 0 })).toBe("");
  expect(cachedText({})).toBe("");
});

it("sums them in the run, over attempts and judges", async () => {
  const folder = temporaryFolder();
  const tokens = { input: 100, output: 10, cached: 80 };
  const rules = [
    { step: "ask", attempt: 1, tokens, cost: 0, fail: { class: "transient", message: "later" } },
    { step: "ask", attempt: 2, tokens, cost: 0 },
    { step: "ask", gate: "*", tokens, output: { pass: true, score: 100, reasons: ["good"], evidence: [] } },
  ];
  const tutti = await openTutti({ cwd: folder, home: `${folder}/state`, mock: { rules } });
  onTestFinished(() => tutti.close());
  const outer = {
    name: "outer",
    agent: "mock",
    chain: {
      steps: [
        {
          name: "ask",
          prompt: "hi",
          retry: { max: 1, delay: 0 },
          gates: [{ judge: { criteria: ["it is good"] } }],
        },
      ],
    },
  };
  const handle = await tutti.start(await tutti.load({ kind: "object", value: outer }));
  await handle.done;
  const { ledger, nodes } = await tutti.show(handle.state.runId);
  expect(ledger).toMatchObject({ inputTokens: 300, cachedTokens: 240 });
  expect(nodes[0]?.usage).toMatchObject({ inputTokens: 100, cachedTokens: 80 });
});
