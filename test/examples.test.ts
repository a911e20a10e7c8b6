import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { workflowJsonSchema } from "../src/language/schema.ts";
import { parseText } from "../src/language/yaml-source.ts";
import { bin } from "./program.ts";

/** The examples, run as they stand, by the real program; NAME.mock.yaml is what the mock agent does in NAME.yaml. */
const examples = fileURLToPath(new URL("../examples", import.meta.url));
const names = readdirSync(examples).flatMap((name) => /^([\w-]+)\.yaml$/.exec(name)?.[1] ?? []);
const timeout = 120_000;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tutti-examples-"));
  const who = "-c user.name=reader -c user.email=reader@localhost";
  spawnSync("bash", ["-c", `git init -q && git ${who} commit -q --allow-empty -m start`], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tutti(...words: readonly string[]): SpawnSyncReturns<string> {
  const { NODE_OPTIONS: _, VITEST: __, TUTTI_HOME: ___, ...own } = process.env;
  const env = { ...own, NO_COLOR: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  return spawnSync(process.execPath, [bin, ...words], { cwd: folder, env, encoding: "utf8", timeout });
}

interface Shown {
  readonly nodes: readonly { readonly address: string; readonly output?: unknown }[];
}

/** What a step of an example gave. */
function outputOf(name: string, address: string, ...flags: readonly string[]): unknown {
  const done = tutti("run", join(examples, `${name}.yaml`), "--agent", "mock", ...flags);
  expect(done.status, done.stdout + done.stderr).toBe(0);
  const shown = JSON.parse(tutti("show", "@last", "--json").stdout) as Shown;
  return shown.nodes.find((node) => node.address === address)?.output;
}

describe("the examples", () => {
  it.for(names)("run on the mock agent, and fit the published schema: %s", { timeout }, (name) => {
    const file = join(examples, `${name}.yaml`);
    const schema = z.fromJSONSchema(workflowJsonSchema());
    const { value } = parseText(readFileSync(file, "utf8"));
    expect(schema.safeParse(value).error?.issues ?? []).toEqual([]);
    const script = join(examples, `${name}.mock.yaml`);
    const flags = existsSync(script) ? ["--mock", script] : [];
    for (const more of [[], flags]) {
      const { status, stdout, stderr } = tutti("run", file, "--agent", "mock", ...more);
      expect(status, stdout + stderr).toBe(0);
      expect(stderr).not.toContain("fitted nothing");
    }
  });

  it("review a change by what each can, and tell where they disagree", { timeout }, () => {
    const script = join(examples, "swarm-review.mock.yaml");
    expect(outputOf("swarm-review", "report", "--mock", script)).toMatchObject({
      summary: "One finding is serious.",
      serious: [{ where: "src/files.ts:12" }],
      disagreed: [{ topic: "finding", key: "src/files.ts", resolved: false }],
      missing: [],
    });
  });

  it("count errors by service", { timeout }, () => {
    expect(outputOf("pipeline-logs", "errors")).toMatchObject({ read: 1000, filtered: 857, dead: 0 });
    const table = readFileSync(join(folder, "errors-by-service.csv"), "utf8");
    expect(table.split("\n").map((line) => line.split(",").slice(0, 2).join(" "))).toEqual([
      "service errors",
      "cart 48",
      "search 48",
      "login 47",
      "",
    ]);
  });

  it("judge reviews in batches, and put aside what cannot be judged", { timeout }, () => {
    const script = join(examples, "pipeline-review.mock.yaml");
    const fates = { read: 26, unreadable: 1, written: 28, filtered: 13, dead: 6, dropped: 0, replayed: 0 };
    expect(outputOf("pipeline-review", "reviews", "--mock", script)).toEqual(fates);
    const unhappy = readFileSync(join(folder, "unhappy.jsonl"), "utf8").trim().split("\n");
    expect(unhappy.map((line) => (JSON.parse(line) as { readonly id: number }).id)).toEqual([
      1, 3, 6, 8, 16, 18, 21, 23,
    ]);
  });

  it("decide in the second round, and keep who was against it", { timeout }, () => {
    const script = join(examples, "swarm-design.mock.yaml");
    expect(outputOf("swarm-design", "decide/result", "--mock", script)).toMatchObject({
      answer: "sqlite",
      decision: {
        decision: "sqlite",
        decided_by: "count",
        dissent: [{ voter: "accountant", vote: "redis", reason: "the smallest machine does" }],
      },
    });
  });
});
