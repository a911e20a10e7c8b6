import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");

/**
 * The import table. `rooms`: rooms whose code may be imported; `types`: rooms of which only types may be imported;
 * `npm`: packages; `node`: whether `node:` modules may be used; `lib`: a driver may use any package of its own.
 * A driver (a folder below a room of drivers) may also import files that lie directly in its own room.
 */
interface Rule {
  readonly rooms: readonly string[];
  readonly types?: readonly string[];
  readonly npm?: readonly string[];
  readonly node?: boolean;
}
const drivers = { rooms: ["errors"], types: ["ports", "core", "language", "expression"], node: true };
const rules: Readonly<Record<string, Rule>> = {
  errors: { rooms: [] },
  expression: { rooms: ["errors"], npm: ["@marcbachmann/cel-js", "re2js"] },
  task: { rooms: [] },
  language: { rooms: ["errors", "expression", "task"], npm: ["yaml", "zod"] },
  core: { rooms: ["errors", "expression", "shape", "task"], types: ["language", "ports"] },
  ports: { rooms: [], types: ["errors", "core", "language", "expression"] },
  runtimes: { rooms: ["errors", "core", "expression"], types: ["ports", "language"], node: true },
  shape: { rooms: ["errors", "expression"], npm: ["@cfworker/json-schema"], node: true },
  executors: {
    ...drivers,
    rooms: ["errors", "expression", "core", "files", "mcp-client", "shape", "timers"],
    npm: ["yaml"],
  },
  files: { rooms: [], types: ["ports"], node: true },
  agents: {
    ...drivers,
    rooms: ["errors", "expression", "files", "mcp-client", "commands", "shape", "timers"],
    npm: [
      "yaml",
      "zod",
      "@a2a-js/sdk",
      "ai",
      "@agentclientprotocol/sdk",
      "@ai-sdk/anthropic",
      "@ai-sdk/openai-compatible",
      "@pydantic/genai-prices",
    ],
  },
  timers: { rooms: [] },
  "mcp-client": {
    rooms: ["errors", "expression", "timers"],
    types: ["ports", "core"],
    npm: ["@modelcontextprotocol/client"],
    node: true,
  },
  processes: { ...drivers, rooms: ["errors", "timers"] },
  notify: { ...drivers, rooms: ["errors"] },
  stream: {
    rooms: ["errors", "expression", "language", "core", "files", "timers"],
    types: ["ports"],
    node: true,
  },
  workspace: { ...drivers, rooms: ["errors", "files"] },
  memory: { ...drivers, rooms: ["errors", "files"] },
  commands: { ...drivers, rooms: ["errors", "expression"], npm: ["yaml"] },
  verbs: {
    rooms: ["errors", "expression", "language", "core", "runtimes", "shape"],
    types: ["ports", "stream"],
    npm: ["yaml", "zod"],
    node: true,
  },
  engine: {
    rooms: [
      "verbs",
      "errors",
      "expression",
      "language",
      "core",
      "ports",
      "runtimes",
      "executors",
      "agents",
      "processes",
      "stream",
      "notify",
      "commands",
      "memory",
      "workspace",
    ],
    node: true,
  },
  orchestrator: { rooms: ["errors", "expression", "language", "verbs", "engine"] },
  index: {
    rooms: [
      "errors",
      "expression",
      "language",
      "core",
      "ports",
      "verbs",
      "runtimes",
      "executors",
      "engine",
      "orchestrator",
    ],
  },
  testing: {
    rooms: [
      "errors",
      "expression",
      "language",
      "core",
      "ports",
      "runtimes",
      "executors",
      "agents",
      "files",
      "memory",
      "workspace",
      "stream",
    ],
    npm: ["vitest", "fast-check"],
    node: true,
  },
  cli: {
    rooms: ["errors", "engine", "expression", "language"],
    types: ["ports", "core", "commands", "verbs", "runtimes", "stream"],
    npm: ["commander", "@clack/prompts", "picocolors", "ink", "react", "string-width"],
    node: true,
  },
};
/** Rooms whose sub-folders are drivers: one never imports another. */
const driverRooms = new Set(["runtimes", "executors", "agents"]);

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts"))
    .map((name) => join(folder, name));
}

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(text: string): Import[] {
  const withoutComments = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found: Import[] = [];
  const statement =
    /\b(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+\s+from\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;
  for (const match of withoutComments.matchAll(statement)) {
    const target = match[3] ?? match[4];
    if (target) found.push({ target, typeOnly: match[2] !== undefined });
  }
  return found;
}

/** `core/nodes/step.ts` → room `core`, driver `nodes`. */
function placeOf(file: string): { room: string; driver: string | undefined } {
  const parts = relative(source, file)
    .replace(/\.tsx?$/, "")
    .split("/");
  return { room: parts[0] ?? "", driver: parts.length > 2 ? parts[1] : undefined };
}

function complaintAbout(file: string, { target, typeOnly }: Import): string | undefined {
  const from = placeOf(file);
  const rule = rules[from.room];
  const label = `${relative(source, file)} → `;
  if (!rule) return `${relative(source, file)} lies in no room of the table`;
  if (target.startsWith("node:")) return rule.node ? undefined : label + target;
  if (!target.startsWith(".")) return rule.npm?.includes(packageOf(target)) ? undefined : label + target;
  const path = join(dirname(file), target);
  return mayImport(from, placeOf(path), { rule, typeOnly }) ? undefined : label + relative(source, path);
}

function packageOf(target: string): string {
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Files that import each other in a circle, if any do; `extra` adds an import to a file. */
function circleIn(
  files: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): string[] | undefined {
  const known = new Set(files);
  const clear = new Set<string>();
  const from = (file: string, path: readonly string[]): string[] | undefined => {
    if (clear.has(file)) return undefined;
    const names = [...path, relative(source, file)];
    if (path.includes(relative(source, file))) return names;
    const targets = importsOf(readFileSync(file, "utf8")).map(({ target }) => target);
    for (const target of [...targets, ...(extra[file] ? [extra[file]] : [])]) {
      const next = join(dirname(file), target);
      const circle = target.startsWith(".") && known.has(next) ? from(next, names) : undefined;
      if (circle) return circle;
    }
    clear.add(file);
    return undefined;
  };
  for (const file of files) {
    const circle = from(file, []);
    if (circle) return circle;
  }
  return undefined;
}

type Place = ReturnType<typeof placeOf>;

function mayImport(from: Place, to: Place, { rule, typeOnly }: { rule: Rule; typeOnly: boolean }): boolean {
  if (to.room !== from.room)
    return rule.rooms.includes(to.room) || (typeOnly && rule.types?.includes(to.room) === true);
  return !driverRooms.has(to.room) || to.driver === undefined || from.driver === to.driver;
}

describe("the import table", () => {
  const files = sourceFiles(source);

  it("holds in every file", () => {
    const complaints = files.flatMap((file) =>
      importsOf(readFileSync(file, "utf8"))
        .map((found) => complaintAbout(file, found))
        .filter((complaint) => complaint !== undefined),
    );
    expect(complaints).toEqual([]);
  });

  it("looks at every source file and at every import in it", () => {
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      const text = readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      const roughly =
        text.match(/(^|\n)\s*(import|export)\b[^;]*?\bfrom\s+["']|(^|\n)\s*import\s+["']|\bimport\(\s*["']/g)
          ?.length ?? 0;
      expect(importsOf(text).length, file).toBe(roughly);
    }
  });

  it("catches a forbidden import", () => {
    const file = join(source, "core", "x.ts");
    expect(complaintAbout(file, { target: "../executors/y.ts", typeOnly: false })).toBe(
      "core/x.ts → executors/y.ts",
    );
    expect(complaintAbout(file, { target: "node:fs", typeOnly: false })).toBe("core/x.ts → node:fs");
    expect(complaintAbout(file, { target: "../ports/clock.ts", typeOnly: false })).toBe(
      "core/x.ts → ports/clock.ts",
    );
    expect(complaintAbout(file, { target: "../ports/clock.ts", typeOnly: true })).toBeUndefined();
    const shell = join(source, "executors", "shell", "shell.ts");
    expect(complaintAbout(shell, { target: "../http/http.ts", typeOnly: false })).toBe(
      "executors/shell/shell.ts → executors/http/http.ts",
    );
    expect(complaintAbout(join(source, "stray.ts"), { target: "./errors.ts", typeOnly: false })).toBe(
      "stray.ts lies in no room of the table",
    );
  });

  it("has no circle in the core, not even of types: every file can be read after those it names", () => {
    const core = files.filter((file) => placeOf(file).room === "core");
    expect(circleIn(core)).toBeUndefined();
    expect(circleIn(core, { [join(source, "core", "heap.ts")]: "./advance.ts" })).toBeDefined();
  });

  it("keeps clocks, timers and chance out of the core", () => {
    const forbidden =
      /\bDate\b|\bprocess\.|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bMath\.random\b|\bperformance\.\w|\bcrypto\b/;
    const offenders = files
      .filter((file) => ["core", "expression", "language"].includes(placeOf(file).room))
      .filter((file) => placeOf(file).room === "core")
      .filter((file) =>
        forbidden.test(readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")),
      );
    expect(offenders.map((file) => relative(source, file))).toEqual([]);
  });
});
