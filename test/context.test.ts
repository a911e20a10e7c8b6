import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bin } from "./program.ts";
import { treeProject } from "./tree-project.ts";

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

interface Shown {
  readonly context: {
    readonly parts: readonly { readonly became: string; readonly cached?: true; readonly path?: string }[];
  };
}

describe("a prompt with a file and a summary, of the real program", () => {
  it("is the same after kill -9: what was summarized is not asked for again, and no checkpoint has the file", async () => {
    const project = treeProject({
      "w.yaml": workflow,
      "slow.yaml": mock("1m", "four hundred numbers"),
      "fast.yaml": mock("0s", "something else"),
    });
    const { cwd } = project;
    const tutti = (...args: readonly string[]): string => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
        cwd,
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`tutti ${args.join(" ")}: ${status}\n${stdout}${stderr}`);
      return stdout;
    };
    const run = spawn(process.execPath, [bin, "run", "w.yaml", "--mock", "slow.yaml"], {
      cwd,
      stdio: "ignore",
    });
    const gone = new Promise((resolve) => void run.on("exit", resolve));
    await expect
      .poll(() => existsSync(join(cwd, ".tutti")) && tutti("cache", "--json").includes("summary:"))
      .toBe(true);
    run.kill("SIGKILL");
    await gone;
    tutti("resume", "@last", "--mock", "fast.yaml");
    const [shown] = JSON.parse(tutti("show", "@last", "mend", "--context", "--json")) as readonly Shown[];
    expect(shown?.context.parts).toMatchObject([
      { became: "reference" },
      { became: "summary", cached: true },
    ]);
    const { changedFiles } = JSON.parse(tutti("show", "@last", "mend", "--json")) as {
      changedFiles: readonly string[];
    };
    expect(changedFiles).toEqual(["made.txt"]);
    expect(tutti("show", "@last", "--diff")).not.toContain("context");
    expect(project.git("status", "--porcelain").trim()).toBe("");
  });
});
