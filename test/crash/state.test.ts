import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, type TestContext } from "vitest";
import { processesOf, runTutti, startTutti, type Ended } from "./binary.ts";
import { faultsOf, findRun, Ledger } from "./evidence.ts";
import { executionsOf, makeProject, type Project } from "./project.ts";

const timeout = 60_000;
const noting = 'echo "work $TUTTI_STEP $TUTTI_ATTEMPT" >> log/executions; ';

/** A large output, a step that waits for a file, and one after it. */
const workflow = {
  name: "state",
  chain: {
    steps: [
      { name: "large", run: `${noting}seq 1 8000 | tee out/large` },
      { name: "gate", run: `${noting}test -f log/open`, retry: 0 },
      { name: "last", run: `${noting}echo ok > out/last` },
    ],
  },
};
const files = { large: Array.from({ length: 8000 }, (_, index) => `${index + 1}\n`).join(""), last: "ok\n" };

/** Undone after each test, last first. */
const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

function projectWith(value: object): Project {
  const project = makeProject({ "workflow.json": value });
  undo.push(() => rmSync(project.folder, { recursive: true, force: true }));
  return project;
}

/** A project whose run has failed at its gate, which would hold now. */
async function failedRun(home?: string): Promise<{ project: Project; ledger: Ledger; runId: string }> {
  const made = projectWith(workflow);
  const project = home === undefined ? made : { ...made, home };
  const { exitCode, stderr } = await runTutti(project, ["run", "workflow.json"]);
  expect(exitCode, stderr).toBe(1);
  const found = await findRun(project);
  const ledger = new Ledger(project);
  // the failed step is to run again; what ended well is not
  ledger.look((found?.events ?? []).filter((event) => "address" in event && event.address === "large"));
  writeFileSync(join(project.folder, "log", "open"), "");
  return { project, ledger, runId: found?.runId ?? "" };
}

/** Resumes; gives all that is wrong then. */
async function resumeFaults(project: Project, ledger: Ledger): Promise<readonly string[]> {
  const { exitCode, stderr } = await runTutti(project, ["resume", "@last"]);
  const faults = await faultsOf(project, { files, ledger });
  return exitCode === 0 ? faults : [...faults, `resume ended with ${exitCode}: ${stderr}`];
}

/** A message a person can act on: code, fix, no trace. */
function expectTold({ exitCode, stderr }: Ended, code: string): void {
  expect(stderr).toMatch(new RegExp(`^${code}: Cannot `, "m"));
  expect(stderr).toMatch(/^fix: /m);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(exitCode, stderr).toBeGreaterThan(0);
}

/** A small file system of its own; undefined, with the reason told, where none may be mounted. */
function mountSmall(context: TestContext, size: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tutti-small-"));
  const done = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], {
    encoding: "utf8",
  });
  if (done.status !== 0) {
    rmSync(folder, { recursive: true });
    context.skip(`no small file system can be mounted here: ${done.error?.message ?? done.stderr.trim()}`);
  }
  undo.push(() => {
    spawnSync("umount", [folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function freeBytes(folder: string): number {
  const said = spawnSync("df", ["--output=avail", "-B1", folder], { encoding: "utf8" }).stdout;
  return Number(said.split("\n")[1]);
}

const filler = "filler";

/** Leaves about so many bytes. */
function fill(folder: string, keepBytes: number): void {
  writeFileSync(join(folder, filler), Buffer.alloc(Math.max(0, freeBytes(folder) - keepBytes)));
}

/** Steps that print what does not compress: as results in the database, and as artifacts. */
const printing = {
  name: "printing",
  limits: { parallel: 2 },
  chain: {
    parallel_where_possible: true,
    steps: Array.from({ length: 12 }, (_, index) => ({
      name: `p${index}`,
      run: `${noting}head -c ${index % 3 === 0 ? 60_000 : 9_000} /dev/urandom | base64 -w0; echo ok > out/p${index}`,
      ...(index > 1 ? { depends_on: [`p${index - 2}`] } : {}),
    })),
  },
};
const printed = Object.fromEntries(printing.chain.steps.map(({ name }) => [name, "ok\n"]));

describe("a full disk", () => {
  it.for([0, 60_000, 100_000, 200_000, 300_000, 400_000, 500_000])(
    "stops the run with %d bytes left, loses nothing that has ended, and lets it go on when there is room",
    { timeout },
    async (keepBytes, context) => {
      const disk = mountSmall(context, "4m");
      const project = { ...projectWith(printing), home: join(disk, "state") };
      fill(disk, keepBytes);
      expectTold(await runTutti(project, ["run", "workflow.json"]), "STORE_FULL");
      rmSync(join(disk, filler));
      const found = await findRun(project);
      const ledger = new Ledger(project);
      ledger.look(found?.events ?? []);
      expect(found ? processesOf(found.runId) : [...executionsOf(project)]).toEqual([]);
      const again = await runTutti(project, found ? ["resume", "@last"] : ["run", "workflow.json"]);
      expect(again.exitCode, again.stderr).toBe(0);
      expect(await faultsOf(project, { files: printed, ledger })).toEqual([]);
    },
  );
});

describe("a damaged database", () => {
  const damages: Readonly<Record<string, (file: string) => void>> = {
    "with another beginning": (file) => overwrite(file, { at: 0, bytes: Buffer.from("????") }),
    "with noise in the middle": (file) => overwrite(file, { at: 8192, bytes: Buffer.alloc(12_288, 0xa5) }),
    "cut off": (file) => truncateSync(file, 9000),
    "that is another file": (file) => writeFileSync(file, "hello\n"),
  };

  it.for(Object.keys(damages))(
    "%s is told, left as it is, and works again from a copy",
    { timeout },
    async (name) => {
      const { project, ledger } = await failedRun();
      const file = join(project.home, "tutti.db");
      const copy = `${file}.copy`;
      cpSync(file, copy);
      damages[name]?.(file);
      const damaged = readFileSync(file);
      for (const args of [
        ["resume", "@last"],
        ["show", "@last"],
        ["runs"],
        ["audit"],
        ["run", "workflow.json"],
      ]) {
        expectTold(await runTutti(project, args), "STORE_DAMAGED");
      }
      expect(readFileSync(file).equals(damaged)).toBe(true);
      cpSync(copy, file);
      rmSync(copy);
      expect(await resumeFaults(project, ledger)).toEqual([]);
    },
  );

  it("that is gone while its log is left is not begun anew", { timeout }, async () => {
    const project = projectWith({ name: "slow", chain: { steps: [{ name: "slow", run: "sleep 30" }] } });
    const life = startTutti(project, ["run", "workflow.json"]);
    const log = join(project.home, "tutti.db-wal");
    // an empty one has lost nothing
    const hasLog = (): boolean => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0;
    await expect.poll(hasLog, { timeout, interval: 20 }).toBe(true);
    await life.spoke;
    life.kill("SIGKILL");
    await life.ended;
    rmSync(join(project.home, "tutti.db"));
    expectTold(await runTutti(project, ["run", "workflow.json"]), "STORE_DAMAGED");
  });
});

describe("an artifact", () => {
  const losses: Readonly<Record<string, (file: string) => void>> = {
    "that is deleted": (file) => rmSync(file),
    "with other bytes": (file) => {
      chmodSync(file, 0o600);
      writeFileSync(file, "1\n");
    },
  };

  it.for(Object.keys(losses))(
    "%s stops the resume, audit names it, and a copy heals it",
    { timeout },
    async (name) => {
      const { project, ledger, runId } = await failedRun();
      const folder = join(project.home, "artifacts");
      const [file = ""] = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
        (one) => one.length > 40,
      );
      const copy = join(project.folder, "log", "copy");
      cpSync(join(folder, file), copy);
      losses[name]?.(join(folder, file));
      const refused = await runTutti(project, ["resume", "@last"]);
      expectTold(refused, "ARTIFACT_MISSING");
      expect(refused.stderr).toContain(runId);
      const audit = await runTutti(project, ["audit"]);
      expect(audit.exitCode).toBe(1);
      expect(audit.stdout).toContain(file.replaceAll("/", ""));
      expect((await runTutti(project, ["show", "@last"])).exitCode).toBe(0);
      cpSync(copy, join(folder, file));
      expect(await resumeFaults(project, ledger)).toEqual([]);
    },
  );
});

describe("a state folder that may not be written", () => {
  it("is told, and the run goes on when it may be written again", { timeout }, async (context) => {
    const disk = mountSmall(context, "8m");
    const { project, ledger } = await failedRun(join(disk, "state"));
    spawnSync("mount", ["-o", "remount,ro", disk]);
    expectTold(await runTutti(project, ["resume", "@last"]), "FILE_UNREADABLE");
    expectTold(await runTutti(project, ["run", "workflow.json"]), "FILE_UNREADABLE");
    spawnSync("mount", ["-o", "remount,rw", disk]);
    expect(await resumeFaults(project, ledger)).toEqual([]);
  });

  it("is told by a user who is not root", { timeout }, async (context) => {
    const { project, ledger } = await failedRun();
    if (process.getuid?.() === 0) context.skip("root may write everywhere");
    chmodSync(project.home, 0o500);
    chmodSync(join(project.home, "tutti.db"), 0o400);
    expectTold(await runTutti(project, ["run", "workflow.json"]), "FILE_UNREADABLE");
    chmodSync(join(project.home, "tutti.db"), 0o600);
    chmodSync(project.home, 0o700);
    expect(await resumeFaults(project, ledger)).toEqual([]);
  });
});

function overwrite(file: string, { at, bytes }: { readonly at: number; readonly bytes: Buffer }): void {
  const content = readFileSync(file);
  bytes.copy(content, at);
  writeFileSync(file, content);
}
