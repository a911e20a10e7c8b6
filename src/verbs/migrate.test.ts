import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";

it("what a program of the project tells is judged by no agent in the migrated workflow either", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "tutti.yaml"), "gates: {tests_pass: {run: 'test -e pass'}}\n");
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  const text = '{"commands": [{"command": "/task", "quality_gates": ["tests_pass"]}]}';
  const { text: migrated, notes } = await tutti.migrate({ kind: "text", text });
  expect(migrated).toContain("gates: [ tests_pass ]");
  expect([migrated, ...notes].join("\n")).not.toContain("judge");
  const gatesOf = async (source: string) => {
    const { workflow } = await tutti.load({ kind: "text", text: source });
    return workflow.chain.steps.map(({ gates }) => gates);
  };
  expect(await gatesOf(migrated)).toEqual(await gatesOf(text));
});
