import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { signal, treeEnv } from "../../../test/tree-scene.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { gitProject } from "../../testing/git-project.ts";

const note = { kind: "WORKFLOW-STEP", what: "completed" } as const;
const place = { runId: "r1", lane: "" };
const lane = { runId: "r1", lane: "w" };

/** A run with its tree, as one process has it; another comes later. */
async function scene() {
  const { dir } = gitProject({ "a.txt": "a\n" });
  const driver = () => gitDriver(dir, { env: treeEnv });
  const one = driver();
  const { commit: from } = await one.base({ runId: "r1", name: "w", mode: "run", setup: {} }, signal);
  const open = (at: typeof place, by = one) =>
    by.open({ mode: "run", place: at, from, setup: {}, print: () => {} }, signal);
  return { one, driver, open };
}

it("who opens a tree while it is taken away gets a new one, of which all who open it later know the same", async () => {
  const { one, open } = await scene();
  await open(place);
  const [, first] = await Promise.all([one.remove(place, signal), open(place)]);
  const second = await open(place);
  writeFileSync(join(first.cwd, "b.txt"), "b\n");
  const { commit } = await first.save(note, signal);
  expect([second.tip, second.cwd]).toEqual([commit, first.cwd]);
});

it("a landing that is asked for again when the tree of the writer has gone gives the same", async () => {
  const { one, driver, open } = await scene();
  const run = await open(place);
  const writer = await open(lane);
  writeFileSync(join(writer.cwd, "b.txt"), "b\n");
  const { commit } = await writer.save(note, signal);
  const landing = { writer: lane, commit, strategy: "agent", by: "rebase", note } as const;
  const landed = await run.takeIn(landing, signal);
  await one.remove(lane, signal);
  const other = driver();
  const anew = await open(lane, other);
  const begun = await anew.begin({ effectId: "landing", from: commit }, signal);
  begun.release();
  expect([begun.found, readFileSync(join(anew.cwd, "b.txt"), "utf8")]).toEqual([undefined, "b\n"]);
  expect(await (await open(place, other)).takeIn(landing, signal)).toEqual(landed);
});
