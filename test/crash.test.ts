import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { processesOf, runTutti, startTutti, type Life } from "./crash/binary.ts";
import { faultsOf, findRun, Ledger, withTutti } from "./crash/evidence.ts";
import { executionsOf, type Project } from "./crash/project.ts";
import { projectOf, runArgs, runUndisturbed, type Undisturbed } from "./crash/round.ts";
import { crashRounds } from "./crash/rounds.ts";

const seed = Number(process.env["TUTTI_CRASH_SEED"] ?? 20_261_120);
const minutesMs = 60_000;

let known: Promise<Undisturbed> | undefined;
function undisturbed(): Promise<Undisturbed> {
  return (known ??= runUndisturbed(seed));
}

/** Waits until so many executions stand in the log. */
async function executed(project: Project, count: number): Promise<void> {
  await expect
    .poll(() => executionsOf(project).size, { timeout: minutesMs, interval: 10 })
    .toBeGreaterThan(count);
}

/** A run of the graph, taken to its middle. */
async function inTheMiddle(): Promise<{
  project: Project;
  life: Life;
  ledger: Ledger;
  files: Readonly<Record<string, string>>;
}> {
  const { graph, files } = await undisturbed();
  const project = projectOf(graph);
  const life = startTutti(project, runArgs);
  await executed(project, 20);
  return { project, life, ledger: new Ledger(project), files };
}

async function runIdOf(project: Project): Promise<string> {
  return (await findRun(project))?.runId ?? "";
}

describe("kill -9", () => {
  it(
    "loses nothing that has ended and repeats none of it, at 200 random moments",
    { timeout: 10 * minutesMs },
    async () => {
      const figures = await crashRounds({ seed, atOnce: 2, graphs: 6, more: ({ kills }) => kills < 200 });
      expect(figures.faults).toEqual([]);
      expect(figures.kills).toBeGreaterThanOrEqual(200);
      expect(figures.killsOfResume).toBeGreaterThan(figures.rounds);
    },
  );

  it("would be noticed if it repeated something or left another file", { timeout: minutesMs }, async () => {
    const { graph, files } = await undisturbed();
    const project = projectOf(graph);
    const ledger = new Ledger(project);
    expect((await runTutti(project, runArgs)).exitCode).toBe(0);
    const found = await findRun(project);
    ledger.look(found?.events ?? []);
    expect(ledger.size).toBeGreaterThan(graph.shellSteps.length);
    expect(await faultsOf(project, { files, ledger })).toEqual([]);
    const [step = ""] = graph.shellSteps;
    expect((await runTutti(project, ["resume", found?.runId ?? "", "--from", step])).exitCode).toBe(0);
    expect(ledger.repeated().length).toBeGreaterThan(0);
    expect(await faultsOf(project, { files: { ...files, more: "" }, ledger })).toContain(
      "other file: out/more",
    );
    rmSync(project.folder, { recursive: true });
  });
});

describe("the graph", () => {
  it("runs 60 steps, each once, those that are sent back once more", { timeout: minutesMs }, async () => {
    const { graph } = await undisturbed();
    const project = projectOf(graph);
    await runTutti(project, runArgs);
    const counts = await withTutti(
      project,
      async (tutti) => (await tutti.show(await runIdOf(project))).counts,
    );
    expect(counts.verified + counts.claimed).toBe(60);
    const executions = executionsOf(project);
    expect(new Set(executions.values())).toEqual(new Set([1]));
    for (const step of graph.shellSteps) expect(executions.get(`work ${step} 1`), step).toBe(1);
    expect([...executions.keys()].some((line) => line.startsWith("work") && line.endsWith(" 2"))).toBe(true);
    rmSync(project.folder, { recursive: true });
  });
});

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  it(
    "ends with 130, leaves nothing running, and the run goes on from there",
    { timeout: minutesMs },
    async () => {
      const { project, life, ledger, files } = await inTheMiddle();
      life.kill(signal);
      const { exitCode, stderr, stdout } = await life.ended;
      expect(exitCode, stderr).toBe(130);
      const found = await findRun(project);
      expect(processesOf(found?.runId ?? "")).toEqual([]);
      expect(found?.status).toBe("interrupted");
      expect(stdout + stderr).toContain(`tutti resume ${found?.runId}`);
      ledger.look(found?.events ?? []);
      expect((await runTutti(project, ["resume", "@last"])).exitCode).toBe(0);
      expect(await faultsOf(project, { files, ledger })).toEqual([]);
      rmSync(project.folder, { recursive: true });
    },
  );
});

describe("two processes that resume one run at once", () => {
  it("are one that drives it and one that says who does", { timeout: minutesMs }, async () => {
    const { project, life, ledger, files } = await inTheMiddle();
    life.kill("SIGKILL");
    await life.ended;
    const found = await findRun(project);
    ledger.look(found?.events ?? []);
    const lives = [startTutti(project, ["resume", "@last"]), startTutti(project, ["resume", "@last"])];
    const ends = await Promise.all(lives.map((one) => one.ended));
    const codes = ends.map(({ exitCode }) => exitCode);
    expect(
      codes.toSorted((a, b) => (a ?? -1) - (b ?? -1)),
      ends.map(({ stderr }) => stderr).join("\n"),
    ).toEqual([0, 1]);
    const winner = codes.indexOf(0);
    expect(ends[1 - winner]?.stderr).toContain("RUN_OWNED");
    expect(ends[1 - winner]?.stderr).toContain(`pid ${lives[winner]?.pid}`);
    expect(await faultsOf(project, { files, ledger })).toEqual([]);
    rmSync(project.folder, { recursive: true });
  });

  it("cannot take a run from the process that drives it", { timeout: minutesMs }, async () => {
    const { project, life, ledger, files } = await inTheMiddle();
    const second = await runTutti(project, ["resume", "@last"]);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain("RUN_OWNED");
    expect(second.stderr).toContain(`pid ${life.pid}`);
    expect((await life.ended).exitCode).toBe(0);
    expect(await faultsOf(project, { files, ledger })).toEqual([]);
    rmSync(project.folder, { recursive: true });
  });
});
