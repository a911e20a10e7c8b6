import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import type { TaskContext } from "../ports/executor.ts";

/**
 * Tells which files changed between two moments, by content.
 *
 * - in a git repository it looks at what git calls changed, before and after, at what was committed in between, and
 *   at the contents: a file that was dirty before and is the same after is not named;
 * - elsewhere it compares the whole folder, up to `maxFiles` files; beyond that it says nothing (undefined);
 * - paths are relative to `cwd`, with `/`, sorted; files that git ignores, `.git`, `.tutti` and `node_modules` never count;
 * - writers that work in the same folder at the same time cannot be told apart.
 */
export interface ChangeTracker {
  changed(): Promise<readonly string[] | undefined>;
  /** What lay at a changed path at the beginning, as `fileSignature` says it. */
  before(path: string): Promise<string>;
  /** The beginning as a text, with which another process can go on. */
  readonly start: string;
}

type Place = Pick<TaskContext, "cwd" | "env" | "signal">;

const maxFiles = 5000;
/** Larger files are compared by size and time of change. */
const maxHashedBytes = 16 * 1024 * 1024;
const ignoredFolders = new Set([".git", ".tutti", "node_modules"]);

/** `start`: the beginning is not now, but that of a tracker of an earlier process. */
export async function trackChanges(place: Place, start?: string): Promise<ChangeTracker> {
  const root = (await git(place, ["rev-parse", "--show-toplevel"]))?.trimEnd();
  const known = start === undefined ? undefined : (JSON.parse(start) as Start);
  if (root === undefined) return trackFolder(place, known);
  const before = known ? gitStateOf(known) : await gitState(place, root);
  const here = await realpath(place.cwd);
  // asked for once, and only if something changed: most changed files are new, and git need not be asked about them
  let committed: Promise<ReadonlyMap<string, string>> | undefined;
  return {
    start: JSON.stringify({ head: before.head, files: [...before.dirty] } satisfies Start),
    before: async (path) => {
      const inRepository = relative(root, join(here, path));
      const dirty = before.dirty.get(inRepository);
      if (dirty !== undefined || before.head === undefined) return dirty ?? "";
      const { head } = before;
      const mode = (await (committed ??= committedModes(place, head))).get(inRepository);
      return mode === undefined ? "" : committedSignature(place, { head, path: inRepository, mode });
    },
    changed: async () => {
      const after = await gitState(place, root);
      const newly = await committedPaths(place, { from: before.head, to: after.head });
      const paths = new Set([...before.dirty.keys(), ...after.dirty.keys(), ...newly]);
      const changed: string[] = [];
      for (const path of paths) {
        const was = before.dirty.get(path);
        const now = after.dirty.get(path) ?? (await fileSignature(join(root, path)));
        // Clean before: its content was that of the commit, so being dirty or committed now is a change.
        if (was !== now) changed.push(path);
      }
      return tidy(changed.map((path) => relative(here, join(root, path))));
    },
  };
}

/** How a beginning is written down. `files`: path and signature, of those that git calls changed, or of all. */
interface Start {
  readonly head?: string | undefined;
  readonly files?: readonly (readonly [string, string])[] | undefined;
}

function gitStateOf({ head, files = [] }: Start): GitState {
  return { head, dirty: new Map(files) };
}

async function trackFolder(place: Place, known: Start | undefined): Promise<ChangeTracker> {
  const before = known ? known.files && new Map(known.files) : await folderState(place.cwd);
  return {
    start: JSON.stringify({ files: before && [...before] } satisfies Start),
    before: (path) => Promise.resolve(before?.get(path) ?? ""),
    changed: async () => {
      const after = await folderState(place.cwd);
      if (!before || !after) return undefined;
      const paths = new Set([...before.keys(), ...after.keys()]);
      return tidy([...paths].filter((path) => before.get(path) !== after.get(path)));
    },
  };
}

function tidy(paths: readonly string[]): string[] {
  return paths.map((path) => path.replaceAll("\\", "/")).sort();
}

interface GitState {
  readonly head: string | undefined;
  /** Path from the root of the repository → what is there. */
  readonly dirty: ReadonlyMap<string, string>;
}

async function gitState(place: Place, root: string): Promise<GitState> {
  const head = (await git(place, ["rev-parse", "--verify", "-q", "HEAD"]))?.trimEnd();
  const status = await git(place, ["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"]);
  const dirty = new Map<string, string>();
  for (const entry of (status ?? "").split("\0")) {
    const path = entry.slice(3);
    if (path !== "" && !path.startsWith(".tutti/")) dirty.set(path, await fileSignature(join(root, path)));
  }
  return { head, dirty };
}

async function committedPaths(
  place: Place,
  { from, to }: { from: string | undefined; to: string | undefined },
): Promise<readonly string[]> {
  if (from === to || to === undefined) return [];
  const args = from
    ? ["diff", "--name-only", "--no-renames", "-z", from, to]
    : ["ls-tree", "-r", "--full-tree", "--name-only", "-z", to];
  return ((await git(place, args)) ?? "").split("\0").filter((path) => path !== "");
}

/** The mode of each path of a commit, from the root of the repository. */
async function committedModes(place: Place, head: string): Promise<ReadonlyMap<string, string>> {
  const listed = (await git(place, ["ls-tree", "-r", "--full-tree", "-z", head])) ?? "";
  return new Map(
    listed.split("\0").map((entry) => {
      const tab = entry.indexOf("\t");
      return [entry.slice(tab + 1), entry.slice(0, entry.indexOf(" "))];
    }),
  );
}

interface Committed {
  readonly head: string;
  readonly path: string;
  readonly mode: string;
}

/** The signature a file of this commit has when git writes it to the working tree. */
async function committedSignature(place: Place, { head, path, mode }: Committed): Promise<string> {
  if (mode === "160000") return "other";
  const content = await gitBytes(place, ["cat-file", "--filters", `${head}:${path}`]);
  if (!content) return "";
  if (mode === "120000") return `link:${content.toString("utf8")}`;
  return `${mode === "100755" ? "x" : "-"}:sha256:${createHash("sha256").update(content).digest("hex")}`;
}

async function git(place: Place, args: readonly string[]): Promise<string | undefined> {
  return (await gitBytes(place, args))?.toString("utf8");
}

/** Standard output of git; undefined when it fails or is not installed. Runs nothing a repository configures. */
function gitBytes(place: Place, args: readonly string[]): Promise<Buffer | undefined> {
  const options = {
    encoding: "buffer" as const,
    cwd: place.cwd,
    env: { ...place.env, GIT_OPTIONAL_LOCKS: "0" },
    signal: place.signal,
    maxBuffer: 256 * 1024 * 1024,
  };
  return new Promise((resolve, reject) => {
    execFile("git", ["-c", "core.fsmonitor=false", ...args], options, (error, stdout) => {
      if (place.signal.aborted) reject(place.signal.reason);
      else resolve(error ? undefined : stdout);
    });
  });
}

async function folderState(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  const found = new Map<string, string>();
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true }).catch(() => [])) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name)) open.push(path);
      } else {
        found.set(relative(folder, path), await fileSignature(path));
        if (found.size > maxFiles) return undefined;
      }
    }
  }
  return found;
}

/** What lies at a path, as a text that is equal for equal content, kind and executable bit; "" for nothing. */
export async function fileSignature(path: string): Promise<string> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return `link:${await readlink(path)}`;
    if (!stat.isFile()) return "other";
    const mode = stat.mode & 0o100 ? "x" : "-";
    if (stat.size > maxHashedBytes) return `${mode}:size:${stat.size}:${stat.mtimeMs}`;
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return `${mode}:sha256:${hash.digest("hex")}`;
  } catch {
    return "";
  }
}
