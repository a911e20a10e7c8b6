import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTutti } from "../src/engine.ts";
import { isTuttiError } from "../src/errors.ts";

/*
 * The examples of the source documents, run as they stand: data by the engine, command lines by the real binary,
 * programs by Node. That they load, and as what, is src/language/seeds.test.ts.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const seeds = join(root, "..", "shared", "seeds");
const timeout = 120_000;

interface Example {
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

function blocks(): readonly Example[] {
  if (!existsSync(seeds)) return [];
  return readdirSync(seeds).flatMap((file) => {
    const lines = readFileSync(join(seeds, file), "utf8").split("\n");
    return lines.flatMap((line, at) => {
      const language = /^\s*```(yaml|json|python|typescript|bash)\s*$/.exec(line)?.[1];
      if (language === undefined) return [];
      const end = lines.findIndex((other, index) => index > at && /^\s*```/.test(other));
      return [{ where: `${file}:${at + 1}`, language, text: lines.slice(at + 1, end).join("\n") }];
    });
  });
}

const looksLikeData = /^\s*(\/\w+|workflow_id|start_command):|"type": "(chain|swarm)"/m;
const all = blocks();
const data = all.filter(({ language, text }) => language !== "typescript" && looksLikeData.test(text));
const programs = all
  .filter(
    ({ language, text }) =>
      language === "typescript" && /^const \w+ = new WorkflowOrchestrator\(/m.test(text),
  )
  .filter(({ text }) => !/^\s*interface /m.test(text));
const typed = all
  .filter(({ language }) => language === "bash")
  .flatMap(({ where, text }) => text.split("\n").map((line) => ({ where, line: line.trim() })))
  .filter(({ line }) => /^\/(chain|flow|swarm|pipeline) /.test(line));
/** `/query → /feature → /task (Research → Plan → Implement)` between tags. */
const arrows = existsSync(seeds)
  ? readdirSync(seeds).flatMap((file) =>
      [...readFileSync(join(seeds, file), "utf8").matchAll(/<\w+>(\/\w+(?: → \/\w+)+)/g)].map(
        ([, text = ""]) => text,
      ),
    )
  : [];

const folder = mkdtempSync(join(tmpdir(), "tutti-seeds-"));
const { NODE_OPTIONS: _, VITEST: __, TUTTI_HOME: ___, ...own } = process.env;

beforeAll(() => {
  mkdirSync(join(folder, ".git"));
  mkdirSync(join(folder, ".claude", "commands"), { recursive: true });
  // The syntax example names commands of its reader.
  for (const name of ["step1", "step2", "step3"]) {
    writeFileSync(
      join(folder, ".claude", "commands", `${name}.md`),
      `---\ndescription: ${name}\n---\n${name}: $ARGUMENTS\n`,
    );
  }
  writeFileSync(join(folder, "tutti.yaml"), "agent: mock\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tutti(line: string): SpawnSyncReturns<string> {
  const program = `'${process.execPath}' '${join(root, "bin", "tutti.js")}'`;
  const env = { ...own, NO_COLOR: "1" };
  return spawnSync("bash", ["-c", `${program} ${line}`], { cwd: folder, env, encoding: "utf8", timeout });
}

/** How a document of data ended: the status of its run, or the codes of its mistakes. */
async function endOf(text: string): Promise<string> {
  const engine = await openTutti({ cwd: folder, state: "memory" });
  try {
    const { problems, workflow } = await engine.check({ kind: "text", text });
    if (!workflow)
      return problems
        .filter(({ severity }) => severity === "error")
        .map(({ code }) => code)
        .join(" ");
    const handle = await engine.start(await engine.load({ kind: "text", text }));
    const { status, view } = await handle.done;
    const undone = view.nodes.filter(({ status: end }) => end !== "verified" && end !== "claimed");
    return [status, ...undone.map(({ address, status: end }) => `${address} ${end}`)].join(", ");
  } catch (error) {
    return isTuttiError(error) ? `${error.code} ${error.message}` : String(error);
  } finally {
    await engine.close();
  }
}

describe.skipIf(!existsSync(seeds))(
  "the examples of the source documents (skipped without ../shared/seeds)",
  () => {
    it(
      "run to their end when they are chains, and are refused with NOT_SUPPORTED when they are not",
      { timeout },
      async () => {
        const ends = new Map<string, string[]>();
        for (const { where, text } of data) {
          const end = await endOf(text);
          ends.set(end, [...(ends.get(end) ?? []), where]);
        }
        expect([...ends.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual([
          "completed",
          "NOT_SUPPORTED",
        ]);
        expect(ends.get("completed")).toHaveLength(7);
        expect(ends.get("NOT_SUPPORTED")).toHaveLength(6);
      },
    );

    it.for(programs)("run when they are programs: $where", { timeout }, ({ text }) => {
      const names = [...text.matchAll(/^const (\w+) = new/gm)].map(([, name]) => name);
      const file = join(folder, "program.ts");
      const source = JSON.stringify(join(root, "src", "index.ts"));
      const statuses = names.map(
        (name) => `console.log((await ${name}.getStatus()).status); await ${name}.close();`,
      );
      writeFileSync(file, [`import { WorkflowOrchestrator } from ${source};`, text, ...statuses].join("\n"));
      const env = { ...own, NO_COLOR: "1" };
      const done = spawnSync(process.execPath, [file], { cwd: folder, env, encoding: "utf8", timeout });
      expect(done.stderr).toBe("");
      expect(done.stdout.trim().split("\n")).toEqual(names.map(() => "completed"));
    });

    it.for(typed)("run when they are typed: $line", { timeout }, ({ line }) => {
      const plain = line.replaceAll(/\[(--[^\]]*)\]/g, "").slice(1);
      const { status, stdout, stderr } = tutti(plain);
      const later = /^(flow|swarm|pipeline)|--(start|conditions|criteria)/.test(plain);
      expect(status, stderr).toBe(later ? 2 : 0);
      expect(later ? stderr : stdout).toMatch(later ? /^NOT_SUPPORTED: / : /^completed /m);
    });

    it("run with their flags: --save-state, then --resume-from", { timeout }, () => {
      const chain = 'chain "step1 → step2 → step3"';
      expect(tutti(`${chain} --save-state`).status).toBe(0);
      const { status, stderr } = tutti(`${chain} --resume-from=step2`);
      expect(status, stderr).toBe(0);
      expect(stderr).not.toMatch(/started\s+step1/);
      expect(stderr).toMatch(/started\s+step2/);
    });

    it.for(arrows)("run when they are arrows: %s", { timeout }, (text) => {
      const { status, stdout, stderr } = tutti(`chain "${text}"`);
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/^completed /m);
    });

    it("are all here", () => {
      expect(data).toHaveLength(13);
      expect(programs).toHaveLength(1);
      expect(typed).toHaveLength(8);
      expect(arrows).toHaveLength(3);
    });
  },
);
