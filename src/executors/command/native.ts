import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandDoc } from "../../ports/command-catalog.ts";

const folder = "/.claude/commands/";

/**
 * Whether Claude Code, started in this folder, finds the command itself. A project's command may be missing in a working tree of
 * a run's own, or be another one there: git may ignore the file, or a step may have changed it.
 */
export function isNative({ origin, file }: Pick<CommandDoc, "origin" | "file">, cwd: string): boolean {
  if (origin === "user") return true;
  const at = file.replaceAll("\\", "/").lastIndexOf(folder);
  if (origin !== "project" || at < 0) return origin === "project";
  const found = nearest(file.slice(at + 1), cwd);
  return found !== undefined && (found === file || isSame(found, file));
}

/** The file of this path in the folder, or in one around it. */
function nearest(path: string, cwd: string): string | undefined {
  for (let at = cwd; ; at = dirname(at)) {
    const candidate = join(at, path);
    if (contentOf(candidate)) return candidate;
    if (dirname(at) === at) return undefined;
  }
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [contentOf(a), contentOf(b)];
  return one !== undefined && other !== undefined && one.equals(other);
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
