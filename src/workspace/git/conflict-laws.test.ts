import { assert, asyncProperty, constantFrom, record } from "fast-check";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Landing, Workspace } from "../../ports/workspaces.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { createRealClock } from "../../runtimes/real-clock.ts";
import {
  type Content,
  type Files,
  photograph,
  plainGit,
  scratchRepository,
  type ScratchRepository,
  writeFiles,
} from "../../testing/scratch-repository.ts";
import { createGitWorkspaces } from "./workspaces.ts";

const signal = new AbortController().signal;
const step = { kind: "WORKFLOW-STEP", what: "completed" } as const;
const long = Array.from({ length: 20 }, (_, n) => `line ${n}`);
const text = (line: string): string => `${[...long, line].join("\n")}\n`;

/** What can lie at a name, told apart by who has put it there. */
const kinds: Readonly<Record<string, (who: string) => Files>> = {
  nothing: () => ({}),
  text: (who) => ({ "": text(who) }),
  "the same text": () => ({ "": text("same") }),
  renamed: (who) => ({ [`-renamed-${who}`]: text("same") }),
  binary: (who) => ({ "": Buffer.from(`\0${who}`) }),
  link: (who) => ({ "": { link: who } }),
  program: () => ({ "": { program: text("same") } }),
  folder: (who) => ({ "/in": text(who), "/same": "same\n" }),
  "kept whole": (who) => ({ ".whole": text(who) }),
};

const names = ["a", "b", "d/c"] as const;
const oneKind = constantFrom(...Object.keys(kinds));
const kindsOfNames = record({ a: oneKind, b: oneKind, "d/c": oneKind });
const cases = record({
  base: kindsOfNames,
  ours: kindsOfNames,
  theirs: kindsOfNames,
  strategy: constantFrom("agent" as const, "human" as const),
  /** At last: somebody decides it, or a strategy does. */
  then: constantFrom(undefined, "ours" as const, "theirs" as const),
});

function filesOf(who: string, chosen: Readonly<Record<(typeof names)[number], string>>): Files {
  const all: Record<string, Content> = {};
  for (const name of names)
    for (const [end, content] of Object.entries(kinds[chosen[name]]?.(who) ?? {})) all[name + end] = content;
  return all;
}

async function runIn({ dir }: ScratchRepository) {
  const ready = {
    processes: createProcesses(),
    env: plainGit,
    shell: (line: string) => ({ file: "/bin/sh", args: ["-c", line] }),
  };
  const parts = { projectDir: dir, stateDir: join(dir, ".tutti"), clock: createRealClock(), env: plainGit };
  const driver = createGitWorkspaces({ ...parts, ready });
  const { commit: from } = await driver.base({ runId: "r1", name: "w", mode: "run", setup: {} }, signal);
  const open = (lane: string): Promise<Workspace> =>
    driver.open({ mode: "run", place: { runId: "r1", lane }, from, setup: {}, print: () => {} }, signal);
  return { run: await open(""), lane: await open("w") };
}

/** An attempt in the tree, after which only these files of those that a side may have are there. */
async function attempt(tree: Workspace, change: (dir: string) => void): Promise<string> {
  const work = await tree.begin({ effectId: `e ${tree.cwd}` }, signal);
  change(tree.cwd);
  const { commit } = await tree.save(step, signal);
  work.release();
  return commit;
}

function putAll(files: Files): (dir: string) => void {
  return (dir) => {
    for (const name of ["a", "b", "d"]) rmSync(join(dir, name), { recursive: true, force: true });
    for (const name of Object.keys(photograph(dir)))
      if (/-renamed-|\.whole$/.test(name)) rmSync(join(dir, name));
    writeFiles(dir, files);
  };
}

function isOfConflict(name: string, content: string): boolean {
  return name.includes("~tutti ") || content.includes("(tutti ");
}

it("a conflict of whatever kind does not land by doing nothing, and lands when somebody or a strategy has decided it", async () => {
  let refusals = 0;
  await assert(
    asyncProperty(cases, async ({ base, ours, theirs, strategy, then }) => {
      const user = scratchRepository();
      try {
        const first = { ".gitignore": ".tutti\n", ".gitattributes": "*.whole -merge\n" };
        user.commit("first", { ...first, ...filesOf("base", base) });
        const { run, lane } = await runIn(user);
        await attempt(run, putAll(filesOf("ours", ours)));
        const before = photograph(run.cwd);
        const land = (commit: string, by: Landing["strategy"] = strategy) => {
          const note = { ...step, node: "w" };
          const landing: Landing = {
            writer: { runId: "r1", lane: "w" },
            commit,
            strategy: by,
            by: "rebase",
            note,
          };
          return run.takeIn(landing, signal);
        };
        const met = await land(await attempt(lane, putAll(filesOf("theirs", theirs))));
        if (met.landed) return;
        refusals += 1;
        const idle = [met.tip.commit, await attempt(lane, (dir) => writeFiles(dir, { else: "else\n" }))];
        for (const commit of idle) {
          const again = await land(commit);
          expect(again).toMatchObject({ landed: false });
          expect(again.landed ? [] : again.conflicts.map(({ left }) => left)).not.toContain(undefined);
          expect(photograph(run.cwd)).toEqual(before);
        }
        const decide = (): Promise<string> =>
          attempt(lane, (dir) => {
            for (const [name, content] of Object.entries(photograph(dir)))
              if (isOfConflict(name, content)) rmSync(join(dir, name));
          });
        const last = then === undefined ? land(await decide()) : land(idle[refusals % 2] ?? "", then);
        expect(await last).toMatchObject({ landed: true });
        const landed = Object.entries(photograph(run.cwd));
        expect(landed.filter(([name, content]) => isOfConflict(name, content))).toEqual([]);
      } finally {
        user.remove();
      }
    }),
    { numRuns: Number(process.env["TUTTI_RUNS"] ?? 12) },
  );
  expect(refusals).toBeGreaterThan(0);
}, 300_000);
