import { readFile } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { isTuttiError, messageOf, type Problem, problemsError, TuttiError } from "../errors.ts";
import { nearest } from "../expression/nearest.ts";
import { withCommandFacts } from "../language/command-facts.ts";
import { loadObject, loadWorkflow, type Loaded, type LoadOptions } from "../language/load.ts";
import { migrate as migrateText, type Migrated } from "../language/migrate.ts";
import { mapStages } from "../language/map-blocks.ts";
import { withCommandTools } from "../language/may-write.ts";
import { loadOneLine, type OneLineFlags, type OneLineVerb, oneLineVerbs } from "../language/one-line.ts";
import { workspaceOver } from "../language/said-workspace.ts";
import type { Limits, Workflow } from "../language/workflow.ts";
import { allNames, commandsOf, possibleCommands, resolveAll } from "./command-names.ts";
import type { Parts } from "./parts.ts";
import { rememberPlaces } from "./step-places.ts";
import { limitRulesOf, limitsOf, serversOf, workspaceOf } from "./settings.ts";

/** Where a workflow comes from. */
export type WorkflowSource =
  | { readonly kind: "file"; readonly path: string; readonly cwd?: string }
  | { readonly kind: "text"; readonly text: string; readonly origin?: string }
  | { readonly kind: "object"; readonly value: unknown; readonly origin?: string }
  | { readonly kind: OneLineVerb; readonly text: string; readonly flags?: OneLineFlags };

export type WrittenSource = Extract<WorkflowSource, { readonly kind: "file" | "text" }>;

/** A workflow that was read, with the text it was read from and all that was found. */
export interface Source {
  readonly workflow: Workflow;
  readonly origin: string;
  readonly text: string;
  readonly warnings: readonly Problem[];
  readonly notes: readonly string[];
  readonly dialect: string;
}

/** All findings about a source; the workflow only when it has no errors. */
export interface Checked extends Omit<Source, "workflow" | "warnings"> {
  readonly workflow?: Workflow;
  readonly problems: readonly Problem[];
}

/** Reads a workflow. Throws one error that carries all mistakes. */
export async function load(parts: Parts, source: WorkflowSource): Promise<Source> {
  const { workflow, problems, ...rest } = await check(parts, source);
  if (!workflow) throw problemsError(problems);
  return { ...rest, workflow, warnings: problems };
}

/** Rewrites the text of a workflow into the canonical form, read as `load` reads it; throws all mistakes as one error. */
export async function migrate(parts: Parts, source: WrittenSource): Promise<Migrated> {
  return migrateText(await textOf(source), loadOptions(parts, originOf(parts, source)));
}

/**
 * Reads a workflow and gives everything that was found; throws only when the source itself cannot be read. `callers`: of a workflow that
 * others call, the files of those.
 */
export async function check(
  parts: Parts,
  source: WorkflowSource,
  callers?: readonly string[],
): Promise<Checked> {
  const text = await textOf(source);
  const origin = originOf(parts, source);
  const { options, first } = await readFirst(parts, source, { text, callers: callers ?? [] });
  const names = first.workflow ? commandsOf(first.workflow.chain) : possibleCommands(text);
  const { good, bad, tools, complexities, warnings } = await resolveAll(parts.commands, names);
  // The second reading knows which commands are good, and so reports the others with their places.
  const known = async () => [...good, ...(await allNames(parts.commands))];
  const again = bad.length > 0 || (!first.workflow && !isOneLine(source));
  const loaded = again ? read(source, { text, options: { ...options, commands: await known() } }) : first;
  const { workflow, notes, dialect } = loaded;
  const problems = [...loaded.problems, ...warnings];
  const common = { origin, text, notes, dialect, problems };
  const broken = problems.some((problem) => problem.severity === "error");
  if (!workflow || broken) return common;
  const factsOf = (name: string) => ({ complexity: complexities.get(name), tools: tools.get(name) });
  const informed = (one: Workflow): Workflow => {
    const tooled = tools.size === 0 ? one.chain : withCommandTools(one.chain, (name) => tools.get(name));
    return { ...one, chain: withCommandFacts(tooled, { workflow: one, factsOf }) };
  };
  const outer = informed(workflow);
  const chain = mapStages(outer.chain, (stage) => withSettings(parts, informed(stage), { called: true }));
  const called = callers !== undefined;
  rememberPlaces(chain, loaded.placeOf);
  return { ...common, workflow: withSettings(parts, { ...outer, chain }, { called }) };
}

interface Calling {
  readonly text: string;
  /** Files that are being read, each called by the one before it. */
  readonly callers: readonly string[];
}

interface FirstReading {
  readonly options: LoadOptions;
  readonly first: Loaded;
}

/** Reads a source with what it needs; once more when it calls other workflows, which only the first reading tells. */
async function readFirst(
  parts: Parts,
  source: WorkflowSource,
  { text, callers }: Calling,
): Promise<FirstReading> {
  const options = loadOptions(parts, originOf(parts, source));
  const first = read(source, { text, options });
  const { calls } = first;
  if (calls.length === 0) return { options, first };
  const base = source.kind === "file" ? dirname(pathOf(source)) : parts.projectDir;
  const around = source.kind === "file" ? [...callers, pathOf(source)] : callers;
  const found = calls.map(async (name) => [name, await calledAs(parts, name, { base, around })] as const);
  const informed = { ...options, workflows: Object.fromEntries(await Promise.all(found)) };
  return { options: informed, first: read(source, { text, options: informed }) };
}

/** A called workflow, or why it cannot be used. */
async function calledAs(
  parts: Parts,
  name: string,
  { base, around }: { readonly base: string; readonly around: readonly string[] },
): Promise<Workflow | string> {
  const path = name.startsWith(patternPrefix)
    ? parts.patterns().find((pattern) => name === patternPrefix + pattern.name)?.file
    : resolve(base, name);
  if (path === undefined) return unknownPattern(parts, name);
  if (around.includes(path))
    return `it calls itself, by way of ${[...around, path].map(fileName).join(" → ")}`;
  try {
    const { workflow, problems } = await check(parts, { kind: "file", path }, around);
    return workflow ?? `it has mistakes; the first: ${firstError(problems)}`;
  } catch (error) {
    if (isTuttiError(error)) return error.message;
    throw error;
  }
}

const patternPrefix = "pattern:";

function unknownPattern(parts: Parts, name: string): string {
  const names = parts.patterns().map((pattern) => pattern.name);
  const close = nearest(name.slice(patternPrefix.length), names);
  const meant = close === undefined ? `there are ${names.join(", ")}` : `did you mean "${close}"?`;
  return `no pattern has this name; ${meant}`;
}

function firstError(problems: readonly Problem[]): string {
  return problems.find(({ severity }) => severity === "error")?.message ?? "unknown";
}

function isOneLine({ kind }: WorkflowSource): boolean {
  return oneLineVerbs.some((verb) => verb === kind);
}

function fileName(path: string): string {
  return basename(path);
}

function read(
  source: WorkflowSource,
  { text, options }: { readonly text: string; readonly options: LoadOptions },
): Loaded {
  switch (source.kind) {
    case "file":
    case "text":
      return loadWorkflow(text, options);
    case "object":
      return loadObject(source.value, options);
    case "chain":
    case "flow":
    case "swarm":
    case "pipeline":
      return loadOneLine(source.kind, source.text, { ...options, ...source.flags });
  }
}

async function textOf(source: WorkflowSource): Promise<string> {
  switch (source.kind) {
    case "file":
      return readText(pathOf(source));
    case "text":
    case "chain":
    case "flow":
    case "swarm":
    case "pipeline":
      return source.text;
    case "object":
      return JSON.stringify(source.value, undefined, 2);
  }
}

function pathOf({ path, cwd }: Extract<WorkflowSource, { readonly kind: "file" }>): string {
  return resolve(cwd ?? process.cwd(), path);
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    if (!bytes.includes(0)) return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // told below
  }
  throw new TuttiError("FILE_UNREADABLE", `Cannot read the workflow "${path}": it is not text in UTF-8`, {
    fix: "name a workflow file (YAML or JSON), or save this one as UTF-8",
  });
}

function unreadable(path: string, cause: unknown): TuttiError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") {
    return new TuttiError("FILE_NOT_FOUND", `Cannot read the workflow "${path}": there is no such file`, {
      fix: "check the path; `tutti init` makes a first workflow",
      cause,
    });
  }
  const folder = code === "EISDIR";
  return new TuttiError(
    "FILE_UNREADABLE",
    `Cannot read the workflow "${path}": ${folder ? "it is a folder" : messageOf(cause)}`,
    { fix: folder ? "name the files in it" : "check its permissions", cause },
  );
}

function originOf(parts: Parts, source: WorkflowSource): string {
  switch (source.kind) {
    case "file": {
      const path = pathOf(source);
      const inside = relative(parts.projectDir, path);
      return inside.startsWith("..") ? path : inside;
    }
    case "text":
    case "object":
      return source.origin ?? "<inline>";
    case "chain":
    case "flow":
    case "swarm":
    case "pipeline":
      return `<${source.kind}>`;
  }
}

function loadOptions(parts: Parts, file: string): LoadOptions {
  return {
    file,
    agents: [...parts.agents.keys()],
    functions: parts.functions,
    gates: parts.settings.gates ?? {},
    servers: serversOf(parts.settings),
  };
}

/** The project's defaults, where the workflow says nothing; of two caps the lower one holds. */
function withSettings(parts: Parts, workflow: Workflow, { called }: { readonly called: boolean }): Workflow {
  const { agent, model } = parts.settings;
  const limits = Object.entries(limitsOf(parts.settings)) as [keyof Limits, number][];
  const lower = limits
    // the day is that of the outermost run, where it may be raised
    .filter(([key]) => !called || key !== "dayUsd")
    .filter(([key, cap]) => cap < (workflow.limits[key] ?? Number.POSITIVE_INFINITY));
  const rules = { ...limitRulesOf(parts.settings), ...workflow.limitRules };
  const { mode, ...said } = workspaceOf(parts.settings);
  return {
    ...workflow,
    // where all of a run works is said once, by the outermost workflow
    ...workspaceOver(workflow, called || mode === undefined ? said : { ...said, mode }),
    limits: { ...workflow.limits, ...Object.fromEntries(lower) },
    ...(Object.keys(rules).length === 0 ? {} : { limitRules: rules }),
    ...(workflow.agent === undefined && agent !== undefined ? { agent } : {}),
    ...(workflow.model === undefined && model !== undefined ? { model } : {}),
    ...(workflow.contextWindow?.references ? { fileless: filelessOf(parts) } : {}),
  };
}

function filelessOf({ agents }: Parts): readonly string[] {
  return [...agents.values()].filter(({ abilities }) => !abilities.files).map(({ name }) => name);
}
