import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { isObject } from "../expression/json.ts";
import { loadWorkflow } from "../language/load.ts";
import type { Workflow } from "../language/workflow.ts";
import { createCommandCatalog } from "./catalog.ts";
import { libraryDir, listPatterns } from "./library.ts";

const nowhere = join(tmpdir(), "tutti-nowhere");
const catalog = createCommandCatalog({
  projectDir: nowhere,
  userDir: nowhere,
  pluginDirs: [],
  libraryDir: libraryDir(),
  stateDir: nowhere,
  clock: { now: () => 0, at: () => () => undefined },
});

describe("tutti's own commands", () => {
  it("are there, whole, and without a problem", async () => {
    const docs = await catalog.list();
    expect(docs.map((doc) => doc.name)).toEqual([
      "auto",
      "docs",
      "feature",
      "init",
      "protocol",
      "query",
      "session",
      "swarm",
      "task",
      "validate",
    ]);
    for (const doc of docs) {
      expect(doc, doc.name).toMatchObject({
        origin: "builtin",
        class: "core",
        kind: "command",
        problems: [],
      });
      expect(doc.complexityReason).toBe("declared by the file");
      expect(doc.argumentHint, doc.name).toMatch(/^\[.+\]$/);
      expect(doc.allowedTools?.length, doc.name).toBeGreaterThan(2);
      expect(doc.body).toContain("$ARGUMENTS");
      expect(doc.output, doc.name).toMatchObject({ type: "object" });
    }
  });

  it("require of their output only what they describe, with status and summary", async () => {
    for (const { name, output } of await catalog.list()) {
      const properties = isObject(output?.properties) ? Object.keys(output.properties) : [];
      const required = Array.isArray(output?.required) ? output.required : [];
      expect(required, name).toEqual(expect.arrayContaining(["status", "summary"]));
      for (const key of required) expect(properties, `${name}.${String(key)}`).toContain(key);
    }
  });

  it("expand for an agent that knows no slash commands", async () => {
    for (const doc of await catalog.list()) {
      const text = await catalog.expand(doc, "make it so", { cwd: tmpdir() });
      expect(text).toContain("make it so");
      expect(text).not.toContain("$ARGUMENTS");
    }
  });
});

describe("tutti's own workflows", () => {
  it("are the patterns, each under the name of its file", () => {
    expect(listPatterns().map((pattern) => pattern.name)).toEqual([
      "adaptive_workflow",
      "initialize_validate_deploy",
      "iterative_improvement",
      "multi_agent_development",
      "research_plan_execute",
    ]);
    for (const pattern of listPatterns()) {
      expect(basename(pattern.file, ".yaml")).toBe(pattern.name);
      expect(pattern.description).not.toBe("");
    }
  });

  it("load without a problem, with the commands of the library", async () => {
    const commands = (await catalog.list()).map((doc) => doc.name);
    const workflows: Record<string, Workflow> = {};
    const load = (file: string) => loadWorkflow(readFileSync(file, "utf8"), { file, commands, workflows });
    // those that call others last
    const patterns = listPatterns().toSorted((a, b) => load(a.file).calls.length - load(b.file).calls.length);
    for (const { file, name } of patterns) {
      const { workflow, problems } = load(file);
      expect(problems).toEqual([]);
      expect(workflow?.name).toBe(name);
      if (workflow) workflows[`pattern:${name}`] = workflow;
    }
  });

  it("use only commands of the library, and ask of each what it can give", async () => {
    for (const { file } of listPatterns()) {
      const document = parseDocument(readFileSync(file, "utf8"));
      expect(document.errors).toEqual([]);
      for (const step of stepsIn(document.toJS())) {
        const doc = await catalog.resolve(String(step.command));
        const can = isObject(doc.output?.properties) ? Object.keys(doc.output.properties) : [];
        const wanted =
          isObject(step.output) && Array.isArray(step.output.required) ? step.output.required : [];
        for (const key of wanted) expect(can, `${file} ${String(step.name)}`).toContain(key);
      }
    }
  });
});

function stepsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(stepsIn);
  if (!isObject(value)) return [];
  return [...(typeof value.command === "string" ? [value] : []), ...Object.values(value).flatMap(stepsIn)];
}

describe("the library's folder", () => {
  it("is found from the source, the published library, the bundle and its chunks", () => {
    const root = mkdtempSync(join(tmpdir(), "tutti library-"));
    try {
      const folder = join(root, "dist/commands/library");
      mkdirSync(dirname(folder), { recursive: true });
      cpSync(libraryDir(), folder, { recursive: true });
      for (const module of ["dist/commands/library.js", "dist/cli.js", "dist/cli-chunks/library-AB12.js"])
        expect(libraryDir(pathToFileURL(join(root, module)).href)).toBe(folder);
      expect(() => libraryDir(pathToFileURL(join(root, "elsewhere/a.js")).href)).toThrow(
        "Cannot find tutti's own",
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
