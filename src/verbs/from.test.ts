import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openTutti } from "../engine.ts";
import { temporaryFolder } from "../testing/testbed.ts";

/** A run of which one step fails and one does not, with one fallback for both; gives what a resume from it is told. */
async function refusal(failing: string) {
  const cwd = temporaryFolder();
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  const steps = ["a", "b"].map((name) => ({ name, run: name === failing ? "exit 1" : "true" }));
  steps.push({ name: "help", run: "true" });
  const value = { name: "x", chain: { error_strategy: { fallback: "help" }, steps } };
  const handle = await tutti.start(await tutti.load({ kind: "object", value }));
  expect((await handle.done).status).toMatch(/completed|degraded/);
  const error = await tutti.resume(handle.id, { from: "help" }).catch((thrown: unknown) => thrown);
  return { id: handle.id, error, tutti };
}

it("a run is not run again from a fallback, but from the step that it took over from", async () => {
  const { id, error, tutti } = await refusal("b");
  expect(error).toMatchObject({
    code: "RUN_STATE",
    message: 'Cannot resume from "help": it is a fallback, which runs only when another step fails',
    fix: `run that step again, and its fallback if it fails: tutti resume ${id} --from b`,
  });
  const again = await tutti.resume(id, { from: "b" });
  expect((await again.done).view.nodes.map(({ address, reused }) => [address, reused])).toEqual([
    ["a", true],
    ["b", false],
    ["help", false],
  ]);
});

it("all steps are named that a fallback stands by for when it had nothing to do", async () => {
  const { error } = await refusal("none");
  expect(error).toMatchObject({ code: "RUN_STATE", fix: "run one of its steps again with --from: a, b" });
});

it("the step is named that a fallback of a fallback took over from in the end", async () => {
  const cwd = temporaryFolder();
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti") });
  onTestFinished(() => tutti.close());
  const chain = [
    { name: "a", run: "exit 1", error_strategy: { fallback: "b" } },
    { name: "b", run: "exit 1", error_strategy: { fallback: "c" } },
    { name: "c", run: "true" },
  ];
  const handle = await tutti.start(await tutti.load({ kind: "object", value: { name: "x", chain } }));
  expect((await handle.done).status).toBe("degraded");
  const error = await tutti.resume(handle.id, { from: "c" }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    fix: `run that step again, and its fallback if it fails: tutti resume ${handle.id} --from a`,
  });
});
