import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bin } from "../program.ts";
import { TmuxTerminal, hasTmux } from "./tmux.ts";
import { Project } from "./tutti.ts";

const source = fileURLToPath(new URL("../../src", import.meta.url));
const tutti = `'${process.execPath}' '${bin}'`;

/** Its steps go on when the test makes the file `go`. */
const workflow = `
name: demo 日本
chain:
  parallel_where_possible: true
  error_strategy: continue_on_failure
  steps:
    - name: hold
      run: |
        printf '\\033[2J\\033[31mholding 日本\\033[0m and a long line that does not fit into a small terminal at all\\n'
        until [ -e go ]; do sleep 0.05; done
    - {name: bad, run: "echo oh; exit 3"}
    - name: inner
      chain:
        steps:
          - {name: deep, run: "until [ -e go ]; do sleep 0.05; done"}
    - {name: last, depends_on: [hold], run: "echo end"}
`;

const begin = ({
  columns = 100,
  rows = 20,
  env = {},
}: { columns?: number; rows?: number; env?: Record<string, string> } = {}) => {
  const project = new Project({ "flow.yaml": workflow });
  const terminal = new TmuxTerminal({ cwd: project.dir, columns, rows, env });
  return { project, terminal };
};

const run = `${tutti} run flow.yaml; echo status=$?`;

const ended = (terminal: TmuxTerminal) =>
  terminal.until((screen) => /status=\d/.test(screen), "the end of the run");

describe.skipIf(!hasTmux)("a run in a real terminal", () => {
  it("is a tree that fits every size, and leaves its steps behind", async () => {
    const { project, terminal } = begin();
    terminal.type(run);
    const first = await terminal.until(
      (screen) => /bad +failed/.test(screen) && screen.includes("holding"),
      "the tree",
    );
    expect(first).toMatch(/^● executing \d+s {2}demo 日本 {2}\w+$/m);
    expect(first).toMatch(/^1 of 4 done · 2 running · 1 failed {2}cost \$0\.00 of \$10\.00$/m);
    expect(first).toMatch(/^ {2}● hold +running +\d+s {2}holding 日本 and a long line/m);
    expect(first).toMatch(/^ {2}✗ bad +failed +[\d.]+s {2}COMMAND_FAILED: .*exit status 3/m);
    expect(first).toMatch(/^ {2}● {3}deep +running/m);
    for (const [columns, rows] of [
      [80, 24],
      [41, 10],
      [20, 5],
      [100, 20],
    ] as const) {
      terminal.resize(columns, rows);
      // The terminal itself crops the old picture first: the header says that it was drawn anew.
      const isWhole = (screen: string) =>
        /^● executing.*\n(.*\n)* {2}● .*\n(.*\n)*p pause.*\n$/.test(screen) &&
        screen.split("\n").length === rows + 1;
      expect(await terminal.until(isWhole, `a picture of ${columns}x${rows}`)).toContain("executing");
    }
    project.write({ go: "" });
    const end = await ended(terminal);
    expect(end).toContain("status=5");
    expect(end).toMatch(/^ {2}✓ hold +verified/m);
    expect(end).toMatch(/^ {2}✓ last +verified .*end$/m);
    expect(end).not.toContain("● executing");
  });

  it("shows what a step printed, and all steps again", async () => {
    const { project, terminal } = begin();
    terminal.type(run);
    await terminal.shows("holding");
    terminal.keys("Down");
    await terminal.shows("❯ ● hold");
    terminal.keys("Enter");
    await terminal.shows("── hold");
    terminal.keys("Escape");
    await terminal.shows("❯ ● hold");
    terminal.keys("Escape");
    await terminal.until((screen) => !screen.includes("❯"), "no selection");
    project.write({ go: "" });
    expect(await ended(terminal)).toContain("status=5");
  });

  it("goes on in plain lines when the person leaves the view", async () => {
    const { project, terminal } = begin();
    terminal.type(run);
    await terminal.shows("q leave");
    terminal.keys("q");
    await terminal.shows("it goes on here");
    project.write({ go: "" });
    const end = await ended(terminal);
    expect(end).toContain("status=5");
    expect(end).toMatch(/^\d\d:\d\d:\d\d verified {3}last in /m);
  });

  it("is paused, resumed and cancelled by keys", async () => {
    const { terminal } = begin();
    terminal.type(run);
    await terminal.shows("p pause");
    terminal.keys("p");
    await terminal.shows("= pausing");
    terminal.keys("p");
    await terminal.shows("● executing");
    terminal.keys("c");
    await terminal.shows("Cancel the run?");
    terminal.keys("n");
    await terminal.shows("p pause");
    terminal.keys("c", "y");
    expect(await ended(terminal)).toContain("status=4");
  });

  it("is stopped by Ctrl-C, to be resumed, and the terminal is as before", async () => {
    const { terminal } = begin();
    terminal.type(run);
    await terminal.shows("p pause");
    terminal.keys("C-c");
    expect(await ended(terminal)).toContain("status=130");
    terminal.type("stty -a");
    expect(await terminal.shows("icanon")).toMatch(/(?<!-)icanon/);
  });

  it("has no colours and no wide glyphs where they are not wanted", async () => {
    const { terminal } = begin({ env: { NO_COLOR: "1", LC_ALL: "C" } });
    terminal.type(`${tutti} run flow.yaml`);
    await terminal.shows("* hold");
    const screen = terminal.screen({ colours: true });
    expect(screen).not.toContain("\u001b[");
    expect(screen).not.toMatch(/[●✗·↑…]/);
  });

  it("does not end with its terminal", async () => {
    const { project, terminal } = begin();
    project.write({ "drive.ts": driver });
    terminal.type(`'${process.execPath}' drive.ts`);
    await terminal.shows("holding");
    terminal.kill();
    project.write({ go: "" });
    const limit = AbortSignal.timeout(20_000);
    while (!existsSync(project.path("end")) && !limit.aborted) await delay(50);
    expect(readFileSync(project.path("end"), "utf8")).toBe("degraded");
  });

  it("can be watched from another terminal", async () => {
    const { project, terminal } = begin();
    terminal.type(run);
    await terminal.shows("holding");
    const other = new TmuxTerminal({ cwd: project.dir, columns: 90, rows: 12 });
    other.type(`${tutti} watch @last; echo watched=$?`);
    expect(await other.shows("holding")).toMatch(/^ {2}● hold +running/m);
    project.write({ go: "" });
    expect(await other.until((screen) => /watched=\d/.test(screen), "the end")).toMatch(/last +verified/);
    expect(await ended(terminal)).toContain("status=5");
  });
});

const driver = `
import { writeFileSync } from "node:fs";
import { openTutti } from "${source}/engine.ts";
import { showLive } from "${source}/cli/render/live.ts";
const tutti = await openTutti();
const run = await tutti.start(await tutti.load({ kind: "file", path: "flow.yaml" }));
await showLive(run, { out: process.stderr });
writeFileSync("end", (await run.done).status);
await tutti.close();
`;
