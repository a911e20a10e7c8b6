import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verbs } from "../src/cli/verbs.ts";
import { commandsOf, fencesOf, type Fence } from "./documents/fences.ts";
import { bin } from "./program.ts";

/*
 * README.md and docs/*.md as a reader meets them: the commands of a document run one after another in a folder of
 * their own, which is made ready with the files of test/documents/project and the examples. Comments before a fence:
 *   <!-- not run: why -->        leaves it out
 *   <!-- prepare: COMMAND -->    runs this first
 *   <!-- exits: N -->            its last command ends with this status
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const shells = new Set(["bash", "console", "sh"]);
const timeout = 180_000;
const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

const top = realpathSync(mkdtempSync(join(tmpdir(), "tutti-documents-")));
const own = Object.entries(process.env).filter(([name]) => !/^(NODE_OPTIONS|TUTTI_.*|VITEST.*)$/.test(name));
const path = [
  join(top, "bin"),
  join(root, "node_modules", ".bin"),
  dirname(process.execPath),
  process.env["PATH"],
];
const env = {
  ...Object.fromEntries(own),
  HOME: join(top, "home"),
  NO_COLOR: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  PATH: path.join(delimiter),
};

beforeAll(() => {
  for (const name of ["bin", "home"]) mkdirSync(join(top, name));
  symlinkSync(bin, join(top, "bin", "tutti"));
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

function shell(line: string, cwd: string): SpawnSyncReturns<string> {
  return spawnSync("bash", ["-c", line], { cwd, env, input: "", encoding: "utf8", timeout });
}

function makeFolder(name: string): string {
  const folder = join(top, name.replaceAll("/", "-"));
  cpSync(join(root, "test", "documents", "project"), folder, { recursive: true });
  for (const example of readdirSync(join(root, "examples")).filter((file) => file.endsWith(".yaml")))
    cpSync(join(root, "examples", example), join(folder, "examples", example));
  const who = "-c user.name=reader -c user.email=reader@localhost";
  const made = shell(`git init -q && git add -A && git ${who} commit -q -m start`, folder);
  if (made.status !== 0) throw new Error(made.stderr);
  return folder;
}

interface Typed {
  readonly document: string;
  readonly fence: Fence;
  readonly command: string;
}

/** What runs a command of a document; undefined for what is not tutti's. */
function runnable(command: string): { readonly line: string; readonly inRoot: boolean } | undefined {
  if (/^(npx )?tutti(\s|$)/.test(command)) return { line: command.replace(/^npx /, ""), inRoot: false };
  const script = /^npm run (?:--silent )?(\S+)(?: -- (.*))?/.exec(command);
  if (!script) return undefined;
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const line = manifest.scripts[script[1] ?? ""];
  if (line === undefined) throw new Error(`${command}: package.json has no such script`);
  // The dependencies are here already, since this test runs.
  return { line: `${line.replace("node scripts/setup.js -- ", "")} ${script[2] ?? ""}`, inRoot: true };
}

/** What is wrong with one command of a document; nothing when it is not tutti's. */
function faultOf(
  { document, fence, command }: Typed,
  { folder, last }: { folder: string; last: boolean },
): string | undefined {
  const found = runnable(command);
  if (!found) return undefined;
  const where = `${document}:${fence.line}: ${command}`;
  if (/vitest|check\.js/.test(found.line)) return `${where}: it runs the tests themselves; mark it "not run"`;
  const { status, stdout, stderr } = shell(found.line, found.inRoot ? root : folder);
  const wanted = last ? Number(fence.notes["exits"] ?? 0) : 0;
  return status === wanted ? undefined : `${where}\nexit status ${status}\n${stdout}\n${stderr}`;
}

function faultsOfFence(
  fence: Fence,
  { document, folder }: { document: string; folder: string },
): readonly string[] {
  const { prepare, "not run": leftOut } = fence.notes;
  if (leftOut !== undefined)
    return leftOut === "" ? [`${document}:${fence.line}: say why it is not run`] : [];
  const prepared = prepare === undefined ? undefined : shell(prepare, folder);
  if (prepared && prepared.status !== 0)
    return [`${document}:${fence.line}: prepare: ${prepare}\n${prepared.stderr}`];
  const commands = commandsOf(fence);
  return commands.flatMap((command, index) => {
    const last = index === commands.length - 1;
    return faultOf({ document, fence, command }, { folder, last }) ?? [];
  });
}

describe.each(documents)("%s", (document) => {
  const fences = fencesOf(readFileSync(join(root, document), "utf8"));

  it("has commands that run", { timeout: 3 * timeout }, () => {
    const folder = makeFolder(document);
    const shellFences = fences.filter(({ language }) => shells.has(language));
    expect(shellFences.flatMap((fence) => faultsOfFence(fence, { document, folder }))).toEqual([]);
  });

  it("has workflows without a mistake", { timeout }, () => {
    const folder = makeFolder(`${document}-workflows`);
    const whole = fences.filter(
      ({ language, lines }) =>
        language === "yaml" && lines.some((line) => /^(chain|swarm|pipeline):/.test(line)),
    );
    for (const { lines, line } of whole.filter((fence) => !("not run" in fence.notes))) {
      writeFileSync(join(folder, "document.yaml"), lines.join("\n"));
      const done = shell("tutti validate document.yaml", folder);
      expect(done.status, `${document}:${line}\n${done.stdout}\n${done.stderr}`).toBe(0);
    }
  });

  it("names verbs and flags that exist", { timeout }, () => {
    const text = readFileSync(join(root, document), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
    const named = [...text.matchAll(/`tutti ([a-z]+)([^`]*)`/g)].map(([, verb = "", rest = ""]) => ({
      verb,
      rest,
    }));
    for (const { verb, rest } of named) {
      expect(Object.keys(verbs), `${document}: tutti ${verb}${rest}`).toContain(verb);
      const flags = [...rest.matchAll(/(?<=\s)--[a-z-]+/g)].map(([flag]) => flag);
      const help = flags.length === 0 ? "" : shell(`tutti ${verb} --help`, top).stdout;
      for (const flag of flags) expect(help, `${document}: tutti ${verb}${rest}`).toContain(flag);
    }
  });
});

describe("the documents", () => {
  it("are read: the commands of README.md are found", () => {
    const fences = fencesOf(readFileSync(join(root, "README.md"), "utf8")).filter(({ language }) =>
      shells.has(language),
    );
    const commands = fences.flatMap(commandsOf).filter((command) => runnable(command));
    expect(commands).toContain("npm run quickstart");
    expect(commands.filter((command) => command.startsWith("tutti ")).length).toBeGreaterThan(5);
  });

  it("leave out few commands, and say why", () => {
    const left = documents.flatMap((document) =>
      fencesOf(readFileSync(join(root, document), "utf8"))
        .filter(({ language, notes }) => shells.has(language) && "not run" in notes)
        .map(({ notes }) => `${document}: ${notes["not run"]}`),
    );
    expect(left.filter((one) => one.startsWith("README.md")).length, left.join("\n")).toBeLessThanOrEqual(2);
    expect(left.length, left.join("\n")).toBeLessThanOrEqual(10);
  });

  it("begin with a program that runs", { timeout }, () => {
    const [program] = fencesOf(readFileSync(join(root, "README.md"), "utf8")).filter(
      ({ language }) => language === "ts",
    );
    const folder = makeFolder("program");
    const text = (program?.lines ?? [])
      .join("\n")
      .replaceAll('"tutti"', JSON.stringify(join(root, "src", "index.ts")));
    writeFileSync(join(folder, "program.ts"), text);
    const done = shell(`'${process.execPath}' program.ts`, folder);
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout).toContain("completed");
  });
});
