// Writes what follows from the source: docs/errors.md, schema/workflow.json and the table of docs/agents.md.
// `--check` writes nothing and fails when one of them is not up to date.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openTutti } from "../src/engine.ts";
import { exitStatusOfError } from "../src/cli/exit-status.ts";
import { errorCodes, TuttiError } from "../src/errors.ts";
import { workflowJsonSchema } from "../src/language/schema.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/** What a room's errors are about, for people. Rooms without an entry raise none of their own. */
const places = {
  expression: "an expression",
  language: "loading a workflow",
  commands: "slash commands",
  core: "a run",
  executors: "a step",
  "mcp-client": "an MCP server",
  agents: "an agent",
  processes: "a program of a step",
  notify: "telling people",
  stream: "a pipeline",
  runtimes: "the stored state",
  verbs: "starting or controlling a run",
  orchestrator: "the API",
  cli: "the command line",
  bin: "the start of tutti",
};

const statuses = {
  1: "1 failed",
  2: "2 wrong input",
  3: "3 waiting",
  4: "4 cancelled",
};

/** Files that name codes without raising them. */
const silent = new Set([
  "errors.ts",
  "cli/exit-status.ts",
  "cli/mendable.ts",
  "language/key-docs.ts",
  "language/agent-key-docs.ts",
]);

/** @returns {Map<string, Set<string>>} code → places where it can come from */
function originsOfCodes() {
  const origins = new Map(Object.keys(errorCodes).map((code) => [code, new Set()]));
  const names = readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => /(?<!\.test)\.tsx?$/.test(name) && !name.startsWith("testing/") && !silent.has(name))
    .toSorted();
  for (const name of names) note(origins, { room: name.split(/[/.]/)[0] ?? "", file: join(source, name) });
  note(origins, { room: "bin", file: join(root, "bin/tutti.js") });
  return origins;
}

/** @param {Map<string, Set<string>>} origins @param {{ room: string, file: string }} where */
function note(origins, { room, file }) {
  const text = readFileSync(file, "utf8")
    // Asking for a code is not raising it.
    .replaceAll(/isTuttiError\([^)]*\)/g, "")
    .replaceAll(/\bcode [!=]== "[A-Z_]+"/g, "");
  for (const [, code] of text.matchAll(/["`]([A-Z][A-Z_]+)(?=["`:])/g)) {
    const place = places[/** @type {keyof places} */ (room)];
    if (place) origins.get(code ?? "")?.add(place);
  }
}

/** The groups of codes, as the comments of the table name them. */
const titles = {
  "input of the person": "What you typed or gave",
  "the workflow": "The workflow file",
  commands: "Slash commands",
  "a step's failures": "Failures of a step",
  "records of pipelines": "Records of pipelines",
  "limits and state": "Limits and stored state",
};

/** @returns {{ title: string, codes: string[] }[]} */
function groups() {
  const text = readFileSync(join(source, "errors.ts"), "utf8");
  const table = text.slice(text.indexOf("export const errorCodes"), text.indexOf("} as const;"));
  return table
    .split(/^ {2}\/\/ /m)
    .slice(1)
    .map((part) => {
      const [comment = "", ...lines] = part.split("\n");
      const codes = lines.flatMap((line) => /^ {2}([A-Z_]+):/.exec(line)?.[1] ?? []);
      return { title: titles[/** @type {keyof titles} */ (comment)] ?? comment, codes };
    });
}

/** Codes that are only ever warnings: they stop nothing. */
const warnings = new Set(["COMMAND_REPAIRED", "JUDGED"]);

function errorsPage() {
  const origins = originsOfCodes();
  const listed = groups();
  const missing = Object.keys(errorCodes).filter((code) => !listed.some(({ codes }) => codes.includes(code)));
  if (missing.length > 0) throw new Error(`No group in src/errors.ts holds ${missing.join(", ")}`);
  return [
    "# Error codes",
    "",
    "<!-- generated from src/errors.ts by: npm run generate -->",
    "",
    "Codes are permanent. Every error is printed as",
    "",
    "```",
    'CODE: Cannot <do what> "<value>": <what is the case>',
    "fix: <what to do>",
    "```",
    "",
    "with file, line, column and a caret where there is a source text; with `--json` as one object",
    "`{error: {code, message, fix, …}}`. No stack trace is printed without `--debug`. In a program it is a `TuttiError` with",
    "`code`, `message`, `fix`, `source` and `problems` (all findings, when there is more than one).",
    "",
    "*Exit* is the status of the command line when this error ends a command. A failed *step* does not do that: its failure",
    "carries the code, and the run's own end gives the status (see [recovery.md](recovery.md)). *From* is where the code can",
    "come from, read off the source.",
    "",
    ...listed.flatMap(({ title, codes }) => [
      `## ${title}`,
      "",
      "| code | meaning | from | exit |",
      "| --- | --- | --- | --- |",
      ...codes.map((code) => row(code, origins.get(code) ?? new Set())),
      "",
    ]),
  ].join("\n");
}

/** @param {string} code @param {Set<string>} from */
function row(code, from) {
  const known = /** @type {keyof errorCodes} */ (code);
  const status = exitStatusOfError(new TuttiError(known, "", { fix: "" }));
  const exit = warnings.has(code) ? "a warning" : (statuses[/** @type {1} */ (status)] ?? String(status));
  const origin = from.size > 0 ? [...from].join(", ") : "nothing in this version";
  return `| \`${code}\` | ${errorCodes[known].replaceAll("|", "\\|")} | ${origin} | ${exit} |`;
}

/** @type {[string, (abilities: import("../src/ports/agent.ts").AgentAbilities) => string][]} */
const columns = [
  ["prints as it works", ({ streaming }) => tick(streaming)],
  ["goes on after a crash", ({ resume }) => tick(resume)],
  ["`output`", ({ schema }) => (schema === "none" ? "–" : schema)],
  ["cost", ({ cost }) => cost],
  ["`tools`", ({ tools }) => tick(tools)],
  ["`permissions`", ({ permissions }) => (permissions === "none" ? "–" : permissions)],
  ["changes files", ({ files }) => tick(files)],
  ["`mcp_servers`", ({ mcp }) => tick(mcp)],
  ["`skills`", ({ skills }) => tick(skills)],
  ["`subagents`", ({ subagents }) => tick(subagents)],
  ["`model`", ({ model }) => tick(model)],
  ["`thinking`, `effort`", ({ thinking }) => tick(thinking)],
];

/** @param {boolean} can */
function tick(can) {
  return can ? "yes" : "–";
}

/** docs/agents.md with the table of what the drivers say that they can do. */
async function agentsPage() {
  const page = readFileSync(join(root, "docs/agents.md"), "utf8");
  const [before, after] = [page.indexOf(tableBegins), page.indexOf(tableEnds)];
  if (before < 0 || after < before) throw new Error("docs/agents.md has no place for its table");
  const cwd = mkdtempSync(join(tmpdir(), "tutti-generate-"));
  mkdirSync(join(cwd, ".git")); // a project of its own, whatever lies around it
  // Remote agents are there where the settings name one.
  writeFileSync(join(cwd, "tutti.yaml"), 'agents: { "of kind a2a": { a2a: { url: "http://127.0.0.1:1" } } }');
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), state: "memory", replay: cwd });
  await tutti.close();
  rmSync(cwd, { recursive: true });
  const rows = Object.entries(tutti.abilities).map(
    ([name, abilities]) => `| \`${name}\` | ${columns.map(([, cell]) => cell(abilities)).join(" | ")} |`,
  );
  const head = [
    `| agent | ${columns.map(([title]) => title).join(" | ")} |`,
    `|${" --- |".repeat(columns.length + 1)}`,
  ];
  return `${page.slice(0, before)}${[tableBegins, "", ...head, ...rows, "", ""].join("\n")}${page.slice(after)}`;
}

const tableBegins = "<!-- generated from the drivers by: npm run generate -->";
const tableEnds = "<!-- end -->";

const files = {
  "docs/agents.md": await agentsPage(),
  "docs/errors.md": errorsPage(),
  // The same bytes as `tutti schema` prints.
  "schema/workflow.json": `${JSON.stringify(workflowJsonSchema(), undefined, 2)}\n`,
};

const check = process.argv.includes("--check");
for (const [name, text] of Object.entries(files)) {
  const path = join(root, name);
  if (read(path) === text) continue;
  if (check) {
    console.error(`${name} is not up to date; run: npm run generate`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${name}`);
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
