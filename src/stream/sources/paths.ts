import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { codeOf, fileError } from "./file-error.ts";
import { globTest } from "../../files/glob.ts";

/** Folders of tools; only a pattern that names them looks into them. */
const toolFolders = [".git", ".tutti", "node_modules"];

/** A path that a source names, as it was written or found. */
export interface FoundPath {
  /** Which of the source's paths named it. */
  readonly pattern: number;
  readonly path: string;
}

/**
 * The files that paths and globs name, each once: those of the first, then those of the second …; those of a glob in the order of
 * their names. A path without wildcards is among them whether the file exists or not.
 */
export async function expandPaths(paths: readonly string[], cwd: string): Promise<readonly FoundPath[]> {
  const found = new Map<string, FoundPath>();
  for (const [pattern, written] of paths.entries()) {
    const isPlain = !/[*?[{]/.test(written) || existsSync(resolve(cwd, written));
    for (const path of isPlain ? [written] : await filesOf(written, cwd)) {
      const absolute = resolve(cwd, path);
      if (!found.has(absolute)) found.set(absolute, { pattern, path });
    }
  }
  return [...found.values()];
}

/** Whether `a` comes after `b`. */
export function isAfter(a: FoundPath, b: FoundPath): boolean {
  return a.pattern === b.pattern ? a.path > b.path : a.pattern > b.pattern;
}

async function filesOf(glob: string, cwd: string): Promise<readonly string[]> {
  const segments = glob.split("/");
  const wild = segments.findIndex((segment) => /[*?[{]/.test(segment));
  const base = segments.slice(0, wild).join("/");
  const test = globTest(glob);
  const skipped = new Set(toolFolders.filter((name) => !segments.includes(name)));
  const found: string[] = [];

  async function walk(folder: string): Promise<void> {
    for (const entry of await entriesOf(folder, cwd)) {
      const path = folder === "" || folder.endsWith("/") ? folder + entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skipped.has(entry.name)) await walk(path);
      else if (test(path) && (await isFile(entry, join(resolve(cwd, folder), entry.name)))) found.push(path);
    }
  }

  await walk(glob.startsWith("/") && base === "" ? "/" : base);
  return found.sort((a, b) => (a < b ? -1 : 1));
}

interface Entry {
  readonly name: string;
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

async function entriesOf(folder: string, cwd: string): Promise<readonly Entry[]> {
  try {
    return await readdir(resolve(cwd, folder), { withFileTypes: true });
  } catch (error) {
    const isGone = ["ENOENT", "ENOTDIR"].includes(codeOf(error));
    if (isGone) return [];
    throw fileError(folder, error);
  }
}

/** A link counts as what it leads to; links to folders are not followed, they may lead in circles. */
async function isFile(entry: Entry, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
