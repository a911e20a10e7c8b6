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
import type { JsonObject } from "../src/expression/json.ts";
import { migrate } from "../src/language/migrate.ts";
import { bin } from "./program.ts";

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
  for (const name of ["step1", "step2", "step3", "stage1", "stage2", "stage3", "action1", "action2"]) {
    writeFileSync(
      join(folder, ".claude", "commands", `${name}.md`),
      `---\ndescription: ${name}\n---\n${name}: $ARGUMENTS\n`,
    );
  }
  writeFileSync(join(folder, "tutti.yaml"), "agent: mock\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tutti(line: string): SpawnSyncReturns<string> {
  const program = `'${process.execPath}' '${bin}'`;
  const env = { ...own, NO_COLOR: "1" };
  return spawnSync("bash", ["-c", `${program} ${line}`], { cwd: folder, env, encoding: "utf8", timeout });
}

/** How a document of data ended: the status of its run, or the codes of its mistakes. */
async function endOf(text: string): Promise<string> {
  const engine = await openTutti({ cwd: folder, state: "memory" });
  try {
    const { problems, workflow } = await engine.check({ kind: "text", text });
    if (!workflow) {
      const codes = problems.flatMap(({ severity, code }) => (severity === "error" ? [code] : []));
      return [...new Set(codes)].join(" ");
    }
    const inputs = workflow.inputs["records"] ? { records: [{ n: 1 }, { n: 2 }] } : {};
    const handle = await engine.start(await engine.load({ kind: "text", text }), { inputs });
    const { status, view } = await handle.done;
    const undone = view.nodes.filter(({ status: end }) => end !== "verified" && end !== "claimed");
    return [status, ...undone.map(({ address, status: end }) => `${address} ${end}`)].join(", ");
  } catch (error) {
    return isTuttiError(error) ? `${error.code} ${error.message}` : String(error);
  } finally {
    await engine.close();
  }
}

/** What the first command of a routing finds out, or the inputs of a flow, so that each way is taken. */
const nothing = {
  simple_task_detected: false,
  complex_requirements_detected: false,
  multi_component_scope_detected: false,
  production_deployment_required: false,
  documentation_needed: false,
};
const findings: Readonly<Record<string, readonly JsonObject[]>> = {
  simple_task_detected: Object.keys(nothing).map((name) => ({ ...nothing, [name]: true })),
  affects_files: [
    { affects_files: 1, complexity_score: 3 },
    { affects_files: 2, complexity_score: 3, requirements_unclear: true },
    { affects_files: 3, complexity_score: 3, architectural_changes_required: true },
    { affects_files: 3, complexity_score: 9, deployment_target: "production" },
    { affects_files: 3, complexity_score: 9, primary_goal: "documentation" },
  ].map((found) => ({
    unknown_domain: false,
    requirements_unclear: false,
    architectural_changes_required: false,
    deployment_target: "none",
    primary_goal: "none",
    ...found,
  })),
  codebase: [2000, 10].flatMap((complexity) =>
    [2, 0].map((issues) => ({ codebase: { complexity }, security: { issues_found: issues } })),
  ),
};

async function waysTaken(text: string): Promise<readonly string[]> {
  const name = Object.keys(findings).find((one) => new RegExp(`\\b${one}\\b`).test(text)) ?? "";
  const ways: string[] = [];
  for (const found of findings[name] ?? []) {
    const mock = { rules: [{ step: "auto", output: found }] };
    const engine = await openTutti({ cwd: folder, state: "memory", mock });
    const source = await engine.load({ kind: "text", text });
    const handle = await engine.start(source, { inputs: name === "codebase" ? found : {} });
    const { status, view } = await handle.done;
    expect(status, view.nodes.map((node) => JSON.stringify(node.failure ?? "")).join("")).toBe("completed");
    const taken = view.nodes.flatMap(({ address, decision }) =>
      decision?.way ? [{ address, way: decision.way }] : [],
    );
    ways.push(taken.map((one) => (taken.length > 1 ? `${one.address} ${one.way}` : one.way)).join(", "));
    await engine.close();
  }
  return ways;
}

describe.skipIf(!existsSync(seeds))(
  "the examples of the source documents (skipped without ../shared/seeds)",
  () => {
    it("run to their end, a pipeline with the records that it does not name", { timeout }, async () => {
      const ends = new Map<string, string[]>();
      for (const { where, text } of data.filter((one) => !/^\s*\/flow:/m.test(one.text))) {
        const end = await endOf(text);
        ends.set(end, [...(ends.get(end) ?? []), where]);
      }
      expect([...ends.keys()]).toEqual(["completed"]);
      expect(ends.get("completed")).toHaveLength(12);
    });

    it(
      "that name what should hold are judged, one ask for each list, and verified",
      { timeout },
      async () => {
        const named = /^\s*-?\s*(quality_gates|blocking_requirements|final_validation|success_criteria): ?/gm;
        const texts = data.filter(
          ({ text }) => !/^\s*(\/flow|routing_logic):/m.test(text) && text.match(named),
        );
        expect(texts).toHaveLength(3);
        for (const { where, text } of texts) {
          const engine = await openTutti({ cwd: folder, state: "memory" });
          const { view } = await (await engine.start(await engine.load({ kind: "text", text }))).done;
          const judged = view.nodes.filter(({ gates }) => gates.some(({ evidence }) => "judge" in evidence));
          expect(
            judged.map(({ status }) => status),
            where,
          ).toEqual(judged.map(() => "verified"));
          const asks = judged.flatMap(({ gates }) => gates.map(({ name }) => name));
          expect(asks, where).toHaveLength(text.match(named)?.length ?? 0);
          await engine.close();
        }
      },
    );

    it("that are swarms come to an answer, and migrated they do the same", { timeout }, async () => {
      const swarms = data.filter(({ text }) => /^\s*\/swarm:|"type": "swarm"/m.test(text));
      expect(swarms).toHaveLength(2);
      for (const { where, text } of swarms) {
        const ends: unknown[] = [];
        for (const source of [text, migrate(text).text]) {
          const engine = await openTutti({ cwd: folder, state: "memory" });
          const handle = await engine.start(await engine.load({ kind: "text", text: source }));
          const { view } = await handle.done;
          ends.push(view.nodes.map(({ address, status, output }) => [address, status, output ?? null]));
          const swarm = view.nodes.find(({ address }) => address === "swarm");
          expect(swarm?.board?.topology, where).toBe("hierarchical");
          expect(swarm?.output, where).toMatchObject({
            answer: { answer: "mock answer" },
            decision: null,
            contributions: [{ topic: "result", key: "mock id" }],
            failed: [],
          });
          await engine.close();
        }
        expect(ends[1], where).toEqual(ends[0]);
      }
    });

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
      const plain = line
        .replaceAll(/\[(--[^\]]*)\]/g, "")
        .slice(1)
        .replace(/^pipeline .*/, `$& --input 'input_stream=[{"n": 1}, {"n": 2}]'`);
      // The mock never gets better at what is measured.
      const flat = /--criteria/.test(plain);
      const { status, stdout, stderr } = tutti(plain.replace(/^flow .*/, "$& --input condition=true"));
      expect(status, stderr).toBe(flat ? 1 : 0);
      expect(stdout).toMatch(flat ? /LOOP_NOT_DONE: .*did not grow/ : /^completed /m);
    });

    it("take either way when they are a typed flow", { timeout }, () => {
      const line = typed.find((one) => one.line.startsWith("/flow"))?.line ?? "";
      for (const [condition, way] of [
        ["true", "then/action1"],
        ["false", "else/action2"],
      ]) {
        const flow = `${line.replaceAll(/\[(--[^\]]*)\]/g, "").slice(1)} --input condition=${condition}`;
        expect(tutti(flow).stderr).toContain(`c1/${way}`);
      }
    });

    it("take every way when they decide or route", { timeout }, async () => {
      const texts = data.map(({ text }) => text).filter((text) => /^\s*(\/flow|routing_logic):/m.test(text));
      const taken = await Promise.all(texts.map(waysTaken));
      const ways =
        "simple_task_detected complex_requirements_detected multi_component_scope_detected " +
        "production_deployment_required documentation_needed " +
        "simple_single_file_task complex_research_required multi_component_architecture " +
        "production_deployment documentation_focus";
      const both = ["c1 then, c2 then", "c1 then, c2 else", "c1 else, c2 then", "c1 else, c2 else"];
      expect(taken.flat()).toEqual([...ways.split(" "), ...both]);
    });

    it("go round until they are good enough when they iterate", { timeout }, async () => {
      const score = (round: number, quality_score: number) => ({
        step: `rounds#${round}/task`,
        output: { quality_score },
      });
      const mock = { rules: [score(1, 60), score(2, 95)] };
      const engine = await openTutti({ cwd: folder, state: "memory", mock });
      const flags = { command: "/task", criteria: "quality_threshold_90", maxIterations: "3" };
      const source = await engine.load({ kind: "chain", text: "iterative_improvement", flags });
      const { status, view } = await (await engine.start(source)).done;
      expect(status).toBe("completed");
      expect(view.nodes.map(({ address }) => address).filter((one) => one.endsWith("/task"))).toEqual([
        "rounds#1/task",
        "rounds#2/task",
      ]);
      await engine.close();
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
