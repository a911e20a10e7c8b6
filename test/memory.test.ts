import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openTutti } from "../src/engine.ts";
import { temporaryFolder } from "../src/testing/testbed.ts";
import { bin } from "./program.ts";

const names = ["a", "b", "c", "d", "e", "f"];
const notes = names.flatMap((name) => [`${name} is slow.`, `${name} is old.`]);

/** Six steps, some side by side, that learn two things each. */
function project(): { readonly cwd: string; readonly memory: string } {
  const cwd = temporaryFolder();
  const memory = join(cwd, ".tutti", "memory");
  mkdirSync(memory, { recursive: true });
  const step = (name: string) => ({ name, prompt: `look at ${name}`, gates: [{ check: "true" }] });
  const [a = "", b = "", c = "", d = "", ...rest] = names;
  const steps = [a, b, { together: [c, d] }, ...rest].map((one) =>
    typeof one === "string"
      ? step(one)
      : { name: "both", parallel: "all", steps: one.together.map((name) => step(name)) },
  );
  const workflow = { name: "learning", agent: "mock", memory: "notes", chain: { steps } };
  const rules = names.map((name) => ({
    step: `*${name}`,
    output: { answer: "done", learned: notes.filter((note) => note.startsWith(`${name} `)) },
  }));
  writeFileSync(join(cwd, "flow.json"), JSON.stringify(workflow));
  writeFileSync(join(cwd, "mock.json"), JSON.stringify({ rules }));
  return { cwd, memory };
}

/** Runs tutti and kills it at the so-manyeth thing that happens to the memory; true: it came to its end before. */
async function live({ cwd, memory }: ReturnType<typeof project>, args: readonly string[], at: number) {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: "ignore" });
  let seen = 0;
  const watcher = watch(memory, (_, file) => {
    if (file?.startsWith(".lock")) return;
    seen += 1;
    if (seen === at) child.kill("SIGKILL");
  });
  const ended = Promise.withResolvers<boolean>();
  child.once("exit", (code) => ended.resolve(code === 0));
  return ended.promise.finally(() => watcher.close());
}

it("what was learned is kept exactly once, whenever tutti is killed", { timeout: 240_000 }, async () => {
  const made = project();
  let kills = 0;
  let done = await live(made, ["run", "flow.json", "--mock", "mock.json"], 1);
  for (let turn = 0; !done && turn < 60; turn += 1) {
    kills += 1;
    const isThere = existsSync(join(made.cwd, ".tutti", "tutti.db"));
    const args = isThere ? ["resume", "@last"] : ["run", "flow.json", "--mock", "mock.json"];
    done = await live(made, args, 1 + (turn % 5));
  }
  expect([done, kills > 5]).toEqual([true, true]);
  const text = readFileSync(join(made.memory, "notes.md"), "utf8");
  const lines = text.matchAll(/^- (.*) \(\d{4}-\d\d-\d\d, run \S+, step [\w/]+\)$/gm);
  const kept = Array.from(lines, ([, note = ""]) => note);
  expect(kept.toSorted()).toEqual(notes.toSorted());
  const tutti = await openTutti({ cwd: made.cwd });
  try {
    const { runId } = await tutti.find("@last");
    const events = await tutti.events(runId);
    const written = events.flatMap((event) => (event.type === "memory.written" ? [event.address] : []));
    expect(written.toSorted()).toEqual(["a", "b", "both/c", "both/d", "e", "f"]);
    expect((await tutti.audit({ runId })).findings).toEqual([]);
  } finally {
    await tutti.close();
  }
});
