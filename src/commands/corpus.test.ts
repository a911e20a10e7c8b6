import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { CommandDoc } from "../ports/command-catalog.ts";
import { createCommandCatalog } from "./catalog.ts";
import { loadCommandFile } from "./read.ts";

/** Real files of other people: data only. They are not part of the repository. */
const corpus = fileURLToPath(new URL("../../../shared/corpora/slash-commands/", import.meta.url));
const present = existsSync(join(corpus, "index.jsonl"));

/** Where Claude Code, and so discovery, looks. */
const discovered = /^(.*?)\/\.claude\/(?:(?:commands|agents)\/.*|skills\/[^/]+\/skill\.md$)/i;

interface Row {
  readonly file: string;
  readonly kind: "command" | "agent" | "skill";
  /** The folder of the `.claude` in which discovery must find it. */
  readonly claudeDir: string | undefined;
  readonly strict: boolean | null;
  readonly cmd: string | undefined;
  readonly text: string;
}

interface IndexRow {
  readonly repo: string;
  readonly path: string;
  readonly kind: Row["kind"];
  readonly fm_parses: boolean | null;
  readonly cmd?: string;
}

function rows(): Row[] {
  const lines = readFileSync(join(corpus, "index.jsonl"), "utf8").trim().split("\n");
  return lines
    .map((line) => JSON.parse(line) as IndexRow)
    .map((row) => ({ ...row, file: join(corpus, row.repo.replace("/", "+"), row.path) }))
    .filter((row) => existsSync(row.file))
    .map((row) => ({
      file: row.file,
      kind: row.kind,
      claudeDir: discovered.exec(row.file)?.[1],
      strict: row.fm_parses,
      cmd: row.cmd,
      text: readFileSync(row.file, "utf8").replaceAll("\r", ""),
    }));
}

/** Every file of the corpus, as discovery or, outside of it, its path gives it. */
async function loadAll(all: readonly Row[]): Promise<Map<string, CommandDoc>> {
  const docs = new Map<string, CommandDoc>();
  for (const projectDir of new Set(all.flatMap((row) => row.claudeDir ?? []))) {
    const nowhere = join(corpus, "nowhere");
    const places = { projectDir, userDir: nowhere, pluginDirs: [], libraryDir: nowhere, stateDir: nowhere };
    const catalog = createCommandCatalog({ ...places, clock: { now: () => 0, at: () => () => undefined } });
    for (const doc of await catalog.list()) docs.set(doc.file, doc);
  }
  for (const row of all) {
    const byRule = row.claudeDir === undefined || /\/(?:README|CLAUDE|index)\.md$/i.test(row.file);
    if (byRule) docs.set(row.file, await loadCommandFile(row.file));
  }
  return docs;
}

/** The lines between the first two marks, read by eye: no YAML parser, no code of the product. */
function matterOf(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .trimStart()
    .split("\n");
  if (!/^---\s*$/.test(lines[0] ?? "")) return [];
  const end = lines.findIndex((line, index) => index > 0 && /^---\s*$/.test(line));
  return end < 0 ? [] : lines.slice(1, end);
}

/** A key's value: the rest of its line, and the indented lines below. */
function rawValue(matter: readonly string[], key: string): { first: string; below: string[] } | undefined {
  const at = matter.findIndex((line) => line.startsWith(`${key}:`));
  if (at < 0) return undefined;
  const rest = matter.slice(at + 1);
  const end = rest.findIndex((line) => /^\S/.test(line) && !line.startsWith("- "));
  const below = (end < 0 ? rest : rest.slice(0, end)).filter((line) => line.trim() !== "");
  return { first: matter[at]?.slice(key.length + 1).trim() ?? "", below };
}

/** Letters and signs only: quotes, escapes and the folding of lines do not matter here. */
function essence(text: string): string {
  return text.replaceAll(/\\[nt]|[\s"'\\]/g, "");
}

function rawText(matter: readonly string[], key: string): string | undefined {
  const value = rawValue(matter, key);
  if (!value) return undefined;
  const first = /^[|>][+-]?$/.test(value.first) ? "" : value.first;
  return essence([first, ...value.below].join(" "));
}

function rawTools(matter: readonly string[]): string[] | undefined {
  const value = rawValue(matter, "allowed-tools") ?? rawValue(matter, "tools");
  if (!value) return undefined;
  const listed = value.below.map((line) => line.trim().replace(/^- /, ""));
  const text = [value.first, ...listed].join(" ").replaceAll(/[[\]"']/g, "");
  return text.match(/[^\s,()]+(?:\([^)]*\))?/g) ?? [];
}

describe.skipIf(!present)("the corpus of real command files (../shared/corpora, skipped when absent)", () => {
  let all: readonly Row[] = [];
  let docs = new Map<string, CommandDoc>();
  beforeAll(async () => {
    all = present ? rows() : [];
    docs = await loadAll(all);
  });
  const docOf = (row: Row): CommandDoc => {
    const doc = docs.get(row.file);
    if (!doc) throw new Error(`dropped: ${row.file}`);
    return doc;
  };

  it("loads whole: none dropped, none unreadable, each of its kind", () => {
    expect(all.length).toBeGreaterThan(600);
    for (const row of all) {
      expect(docOf(row).kind, row.file).toBe(row.kind);
      expect(docOf(row).problems.filter((problem) => problem.severity === "error")).toEqual([]);
    }
  });

  it("has a warning with file, line and repair for every front matter that strict YAML rejects", () => {
    const rejected = all.filter((row) => row.strict === false);
    expect(rejected.length).toBeGreaterThan(20);
    for (const row of rejected) {
      const { problems } = docOf(row);
      expect(problems.length, row.file).toBeGreaterThan(0);
      for (const problem of problems) {
        expect(problem).toMatchObject({ severity: "warning", code: "COMMAND_REPAIRED" });
        expect(problem.message).toContain(row.file);
        expect(problem.message).toMatch(/: line \d+: .+; .+/);
        const line = problem.source?.line ?? 0;
        expect(row.text.split("\n")[line - 1]).toMatch(/^\S/);
      }
    }
  });

  it("has no warning where a strict parser reads the same", () => {
    const warned = all.filter((row) => row.strict !== false && docOf(row).problems.length > 0);
    // A byte order mark, blank lines in front, no closing mark, and a description that YAML would cut.
    expect(warned.length).toBeLessThanOrEqual(4);
  });

  it("has the names that its folders and its agents give", () => {
    const commands = all.filter((row) => row.cmd !== undefined);
    expect(commands.length).toBeGreaterThan(200);
    for (const row of commands) expect(docOf(row).name, row.file).toBe(row.cmd);
    for (const row of all.filter((each) => each.kind !== "command")) {
      const own = rawValue(matterOf(row.text), "name")?.first.replace(/^(["'])(.*)\1$/, "$2") ?? "";
      const { name, extra } = docOf(row);
      expect(["", name, extra.name], row.file).toContain(own);
    }
    for (const row of all.filter((each) => each.kind === "skill" && each.claudeDir))
      expect(docOf(row).name).toBe(row.file.split("/").at(-2));
  });

  it("has the descriptions that the files' own lines have", () => {
    let compared = 0;
    for (const row of all) {
      const raw = rawText(matterOf(row.text), "description");
      if (raw === undefined || raw === "") continue;
      const read = essence(docOf(row).description);
      compared += 1;
      expect(row.strict === false ? read.slice(0, raw.length) : read, row.file).toBe(raw);
    }
    expect(compared).toBeGreaterThan(500);
  });

  it("takes the first line of the text for a description where none is declared", () => {
    const without = all.filter((row) => !/^\uFEFF?\s*---/.test(row.text) && row.text.trim() !== "");
    expect(without.length).toBeGreaterThan(100);
    for (const row of without) {
      const first = row.text.split("\n").find((line) => line.trim() !== "") ?? "";
      expect(docOf(row).description, row.file).toBe(first.trim().replace(/^#+ +/, ""));
    }
  });

  it("has the argument hints and models that the files' own lines have", () => {
    let compared = 0;
    for (const row of all) {
      const matter = matterOf(row.text);
      for (const [key, read] of [
        ["argument-hint", docOf(row).argumentHint],
        ["model", docOf(row).model],
      ] as const) {
        const raw = rawText(matter, key);
        if (raw === undefined) continue;
        compared += 1;
        expect(essence(read ?? ""), `${row.file} ${key}`).toBe(raw);
      }
    }
    expect(compared).toBeGreaterThan(140);
  });

  it("has the tools that the files' own lines have", () => {
    let compared = 0;
    for (const row of all) {
      const raw = rawTools(matterOf(row.text));
      if (raw === undefined || /^tools:\s*\n\s+\w+:/m.test(row.text)) continue;
      compared += 1;
      expect(docOf(row).allowedTools ?? [], row.file).toEqual([...new Set(raw)]);
    }
    expect(compared).toBeGreaterThan(75);
  });
});
