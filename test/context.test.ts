import { spawn, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { bin } from "./program.ts";
import { only, treeProject } from "./tree-project.ts";

const workflow = `
name: told
agent: mock
workspace: run
context_window: { references: { over: 1000 }, summarize: { over: 200 } }
chain:
  - { name: big, run: seq 1 3000 }
  - { name: mid, run: seq 1 400 }
  - { name: mend, prompt: "Mend it. \${ big.output } and \${ mid.output }", writes: ["**"], on_interrupt: rerun }
`;

/** Asked for a summary a second time, it would give another. */
const mock = (delay: string, summary: string): string => `
rules:
  - { prompt: "^Tell what", output: { summary: "${summary}" }, tokens: { input: 100, output: 7 }, cost: 0.01 }
  - { step: mend, prompt: "in the file .* and four hundred numbers", text: done, delay: ${delay}, files: { made.txt: "made" } }
  - { step: mend, fail: { class: permanent, message: "it was told something else" } }
`;

describe("a prompt with a file and a summary, of the real program", { timeout: 120_000 }, () => {
  it("is the same after kill -9: what was summarized is not asked for again, and no checkpoint has the file", async () => {
    const project = treeProject({
      "w.yaml": workflow,
      "slow.yaml": mock("2m", "four hundred numbers"),
      "fast.yaml": mock("0s", "something else"),
    });
    const { cwd } = project;
    const run = spawn(process.execPath, [bin, "run", "w.yaml", "--mock", "slow.yaml"], {
      cwd,
      stdio: "ignore",
    });
    const gone = new Promise((resolve) => void run.on("exit", resolve));
    const tutti = await project.open();
    const kept = async () => (await tutti.cache.list()).map(({ address }) => address);
    await expect.poll(kept, { timeout: 60_000 }).toEqual(["mend"]);
    run.kill("SIGKILL");
    await gone;
    const resumed = spawnSync(process.execPath, [bin, "resume", "@last", "--mock", "fast.yaml"], {
      cwd,
      encoding: "utf8",
    });
    expect(resumed.status, resumed.stderr).toBe(0);
    const { runId } = await tutti.find("@last");
    const events = await tutti.events(runId);
    const [started] = only(events, "attempt.started").slice(-1);
    expect(started?.context?.parts.map(({ became }) => became)).toEqual(["reference", "summary"]);
    const [ended] = only(events, "attempt.ended").slice(-1);
    expect(ended?.outcome).toMatchObject({ summaries: [{ cached: true }], changedFiles: ["made.txt"] });
    expect((await tutti.changes(runId, {})).files.map(({ path }) => path)).toEqual(["made.txt"]);
    expect(project.git("status", "--porcelain").trim()).toBe("");
  });
});
