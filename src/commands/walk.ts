import { readdir, stat } from "node:fs/promises";
import type { Dirent } from "node:fs";
import { join } from "node:path";
import { realOrNone } from "./read.ts";

export interface Found {
  /** As reached, not resolved. */
  readonly file: string;
  /** The folders between the start and the file. */
  readonly folders: readonly string[];
  /** The file's own name. */
  readonly base: string;
  /** A folder on the way holds `_shared/`. */
  readonly family: boolean;
}

interface Place {
  readonly path: string;
  readonly folders: readonly string[];
  readonly family: boolean;
  /** Real paths of the folders we are in: a link to one of them is a circle. */
  readonly above: readonly string[];
  readonly maxDepth: number;
}

const maxFiles = 20_000;

/**
 * The Markdown files at most `maxDepth` folders below a folder, in the order of their names. Links are followed, but never to a folder that holds
 * the one it was found in, and to a file only when it is Markdown itself. What cannot be read is passed over.
 */
export async function walkMarkdown(root: string, maxDepth = 16): Promise<readonly Found[]> {
  const real = await realOrNone(root);
  if (real === undefined) return [];
  const found: Found[] = [];
  await walk({ path: root, folders: [], family: false, above: [real], maxDepth }, found);
  return found;
}

async function walk(place: Place, found: Found[]): Promise<void> {
  const entries = await readdir(place.path, { withFileTypes: true }).catch((): Dirent[] => []);
  const shared = entries.some((entry) => entry.name === "_shared");
  const family = place.family || (place.folders.length > 0 && shared);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isPassedOver(entry.name) || found.length >= maxFiles) continue;
    const path = join(place.path, entry.name);
    const kind = await kindOf(entry, path, place);
    if (kind === "file") found.push({ file: path, folders: place.folders, base: entry.name, family });
    if (kind !== "folder" || place.folders.length >= place.maxDepth) continue;
    const above = [...place.above, (await realOrNone(path)) ?? path];
    await walk({ ...place, path, folders: [...place.folders, entry.name], family, above }, found);
  }
}

function isPassedOver(name: string): boolean {
  return name === "_shared" || name === "node_modules" || name === ".git";
}

async function kindOf(entry: Dirent, path: string, place: Place): Promise<"file" | "folder" | "other"> {
  if (entry.isDirectory()) return "folder";
  if (entry.isFile()) return entry.name.endsWith(".md") ? "file" : "other";
  if (!entry.isSymbolicLink()) return "other";
  return kindOfLink(path, place);
}

async function kindOfLink(path: string, place: Place): Promise<"file" | "folder" | "other"> {
  const real = await realOrNone(path);
  const about = real === undefined ? undefined : await stat(real).catch(() => undefined);
  if (real === undefined || !about) return "other";
  if (about.isFile()) return path.endsWith(".md") && real.endsWith(".md") ? "file" : "other";
  return about.isDirectory() && !isCircle(real, place.above) ? "folder" : "other";
}

/** A folder that is one of those above, or holds one. */
function isCircle(real: string, above: readonly string[]): boolean {
  const inside = real === "/" ? "/" : `${real}/`;
  return above.some((folder) => folder === real || folder.startsWith(inside));
}
