import { readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { TuttiError, messageOf } from "../errors.ts";
import type { Problem } from "../errors.ts";
import type { CommandDoc } from "../ports/command-catalog.ts";
import { shown } from "./names.ts";
import { parseCommand } from "./parse.ts";
import type { Identity } from "./parse.ts";

/** Larger files are no prompts. */
const maxBytes = 2 * 1024 * 1024;

/**
 * The command, agent or skill in a file, wherever it lies; its origin is `path`. What it is follows from its place
 * (`SKILL.md`, a folder `agents` or `commands` above it), its name from the folders below that.
 * Throws FILE_NOT_FOUND or FILE_UNREADABLE; no content of the file makes it throw.
 */
export async function loadCommandFile(path: string): Promise<CommandDoc> {
  const file = resolve(path);
  const doc = await readCommand({ ...identityOf(file), file, origin: "path" });
  const error = doc.problems.find((problem) => problem.severity === "error");
  if (error) throw new TuttiError(error.code, error.message, { fix: error.fix });
  const own = doc.extra.name;
  return doc.kind === "command" || typeof own !== "string" || own.trim() === ""
    ? doc
    : { ...doc, name: own.trim() };
}

/** Reads and parses; a file that cannot be read gives a document with one error among its problems. */
export async function readCommand(identity: Identity): Promise<CommandDoc> {
  try {
    const about = await stat(identity.file);
    if (!about.isFile()) return unreadable(identity, "it is not a file");
    if (about.size > maxBytes) return unreadable(identity, `it is larger than ${maxBytes} bytes`);
    return parseCommand(await readFile(identity.file, "utf8"), identity);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR")
      return unreadable(identity, "it does not exist", "FILE_NOT_FOUND");
    return unreadable(identity, messageOf(error));
  }
}

function unreadable(
  identity: Identity,
  why: string,
  code: "FILE_NOT_FOUND" | "FILE_UNREADABLE" = "FILE_UNREADABLE",
): CommandDoc {
  const problem: Problem = {
    severity: "error",
    code,
    message: `Cannot load command file "${shown(identity.file, 4096)}": ${why}`,
    fix: code === "FILE_NOT_FOUND" ? "check the path" : "make it a readable Markdown file",
  };
  return { ...parseCommand("", identity), problems: [problem] };
}

type Placed = Pick<Identity, "name" | "kind" | "class">;

function identityOf(file: string): Placed {
  const folders = dirname(file).split("/");
  const stem = basename(file).replace(/\.md$/, "");
  if (isSkillFile(basename(file))) return { name: folders.at(-1) ?? stem, kind: "skill", class: "core" };
  const anchor = anchorIn(folders);
  const kind = folders[anchor] === "agents" ? "agent" : "command";
  const segments = anchor < 0 ? [stem] : [...folders.slice(anchor + 1), stem];
  return { name: segments.join(":"), kind, class: segments.length > 1 ? "workflow" : "core" };
}

/** `SKILL.md`; some write it small. */
export function isSkillFile(base: string): boolean {
  return base.toLowerCase() === "skill.md";
}

/** The folder that says what lies in it: the one in `.claude`, else the nearest above the file. */
function anchorIn(folders: readonly string[]): number {
  const isAnchor = (name: string | undefined) => name === "commands" || name === "agents";
  const claude = folders.findIndex((name, index) => folders[index - 1] === ".claude" && isAnchor(name));
  return claude >= 0 ? claude : folders.findLastIndex(isAnchor);
}

/** The real path, or undefined when there is none. */
export async function realOrNone(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
