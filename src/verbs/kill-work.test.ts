import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";

const line = "if [ -e again ]; then echo 1; else touch begun; sleep 600; fi";

/** A run whose pipeline has begun to do this. */
async function begun(work: string) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".tutti"));
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  const text = `
name: w
inputs: {items: array}
pipeline:
  source: {step: "\${ inputs.items }"}
  stages: [{name: slow, ${work}, batch_size: 1}]
  sink: {result: 9}
`;
  const source = await tutti.load({ kind: "text", text });
  const handle = await tutti.start(source, { inputs: { items: ["a", "b"] } });
  await vi.waitUntil(() => existsSync(join(cwd, "begun")), { timeout: 20_000 });
  return { cwd, tutti, handle };
}

it.each([
  ["a line", `run: "${line}"`],
  ["a step in a run of its own", `steps: [{name: one, run: "${line}"}]`],
])("what is killed on its way in a pipeline is not finished: %s", async (_, work) => {
  const { cwd, tutti, handle } = await begun(work);
  handle.stop("Ctrl-C");
  await tutti.killWork(handle.id);
  expect(await handle.done).toMatchObject({ stopped: true, status: "executing" });
  expect(await tutti.deadLetters(handle.id)).toEqual([]);
  writeFileSync(join(cwd, "again"), "");
  const again = await (await tutti.resume(handle.id)).done;
  expect(again.view.nodes[0]?.output).toHaveLength(2);
});

it("what somebody kills on its way while the pipeline is stopped is not finished either", async () => {
  const { cwd, tutti, handle } = await begun(`run: "echo $$ > begun; exec sleep 600"`);
  const pid = await vi.waitUntil(() => Number(readFileSync(join(cwd, "begun"), "utf8")));
  handle.stop("the machine goes down");
  process.kill(pid, "SIGTERM");
  expect(await handle.done).toMatchObject({ stopped: true, status: "executing" });
  expect(await tutti.deadLetters(handle.id)).toEqual([]);
});
