import { readFile, lstat, mkdir, readlink, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { copyFolder, copyOne } from "./copy-folder.ts";
import type { GitCall } from "./git.ts";
import type { Repository } from "./repository.ts";

export interface CopyRequest {
  readonly repository: Repository;
  /** The new tree and its private index. */
  readonly dir: string;
  readonly index: string;
  /** Nothing in there is copied: tutti's own. */
  readonly leaveOut: readonly string[];
  /** Patterns of .gitignore's syntax, from the project's folder. */
  readonly patterns: readonly string[];
  /** False: what is there already stays. */
  readonly replace: boolean;
  readonly print: (line: string) => void;
}

const includeFile = ".worktreeinclude";
const atOnce = 32;

/**
 * Copies into the tree what the user's own has and git ignores, as far as `.worktreeinclude` at the repository's root or the patterns
 * name it. A link to something inside the project becomes what it leads to, unless it leads to the same in the tree, and one that leads
 * out of the project is left out; so is what the tree would not ignore, because it would get into checkpoints. Gives how many it copied.
 */
export async function copyIgnored(request: CopyRequest, signal: AbortSignal): Promise<number> {
  const wanted = await included(request, signal);
  const { fit, unfit } = await sorted(request, wanted, signal);
  const links: string[] = [];
  const done: string[] = [];
  for (let at = 0; at < fit.length; at += atOnce) {
    signal.throwIfAborted();
    const some = fit.slice(at, at + atOnce);
    const kinds = await Promise.all(some.map((path) => copyFile(path, request)));
    links.push(...some.filter((_, index) => kinds[index] === "link"));
    done.push(...some.filter((_, index) => kinds[index] === "copied"));
    unfit.push(
      ...some.filter((_, index) => kinds[index] === "other").map((path) => [path, "it is no file"] as const),
    );
  }
  // Last: a link stays a link where what it leads to has been copied.
  for (const path of links) {
    const why = await placeLink(request, { path, signal });
    if (why === undefined) done.push(path);
    else unfit.push([path, why]);
  }
  if (done.length > 0) request.print(`copied from the project: ${named(done)}`);
  for (const [path, why] of unfit.slice(0, 20)) request.print(`not copied: ${plain(path)}: ${why}`);
  return done.length;
}

type LeftOut = readonly [path: string, why: string];

/** What the user's tree has of it, from the repository's root. */
async function included(request: CopyRequest, signal: AbortSignal): Promise<readonly string[]> {
  const { repository, dir } = request;
  const own = await readFile(join(repository.root, includeFile), "utf8").catch(() => "");
  const lines = [...own.split("\n"), ...request.patterns.map((each) => under(repository.prefix, each))];
  if (lines.every((line) => line.trim() === "" || line.startsWith("#"))) return [];
  const rules = `${dir}.include`;
  await writeFile(rules, `${lines.join("\n")}\n`, { mode: 0o600 });
  try {
    const call = { signal, cwd: repository.root };
    const listed = await repository.git.run(
      ["ls-files", "--others", "--ignored", `--exclude-from=${rules}`, "-z"],
      call,
    );
    const paths = namesIn(listed.stdout).filter((path) => !path.endsWith("/") && !isLeftOut(path, request));
    return [...(await ignored(repository, { paths, call }))];
  } finally {
    await rm(rules, { force: true });
  }
}

/** A pattern from the project's folder as one from the repository's root. */
function under(prefix: string, pattern: string): string {
  if (prefix === "" || pattern.trim() === "" || pattern.startsWith("#")) return pattern;
  const not = pattern.startsWith("!") ? "!" : "";
  const rest = pattern.slice(not.length);
  const folder = prefix.replaceAll(/[\\*?[ ]/g, String.raw`\$&`);
  if (rest.startsWith("/")) return `${not}/${folder}${rest}`;
  return rest.replace(/\/\s*$/, "").includes("/")
    ? `${not}/${folder}/${rest}`
    : `${not}/${folder}/**/${rest}`;
}

function isLeftOut(path: string, { repository, leaveOut }: CopyRequest): boolean {
  if (path.split("/").some((part) => part === ".git" || part === ".tutti")) return true;
  const full = join(repository.root, path);
  return leaveOut.some((folder) => isInside(full, folder));
}

/** Those of the paths that git ignores, in the tree that the call is about. */
export async function ignored(
  { git }: Repository,
  { paths, call }: { readonly paths: readonly string[]; readonly call: GitCall },
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const input = paths.map((path) => `${path}\0`).join("");
  const { stdout } = await git.run(["check-ignore", "-z", "--stdin"], { ...call, input, ok: [0, 1] });
  return new Set(namesIn(stdout));
}

async function sorted(
  { repository, dir, index }: CopyRequest,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly fit: readonly string[]; readonly unfit: LeftOut[] }> {
  const unfit: LeftOut[] = [];
  const reachable: string[] = [];
  for (const path of paths) {
    if (path.includes("\uFFFD")) unfit.push([path, "its name is not UTF-8"]);
    else if (await goesThroughLink(dir, path))
      unfit.push([path, "its folder is a link, or no folder, in the new tree"]);
    else reachable.push(path);
  }
  const call = { signal, cwd: dir, workTree: dir, index };
  const there = await ignored(repository, { paths: reachable, call });
  for (const path of reachable)
    if (!there.has(path)) unfit.push([path, "git does not ignore it in the new tree"]);
  return { fit: reachable.filter((path) => there.has(path)), unfit };
}

/** True when a folder on the way is a link, or no folder. */
export async function goesThroughLink(dir: string, path: string): Promise<boolean> {
  const parts = path.split("/").slice(0, -1);
  for (let count = 1; count <= parts.length; count += 1) {
    const there = await lstat(join(dir, ...parts.slice(0, count))).catch(() => undefined);
    if (there === undefined) return false;
    if (!there.isDirectory()) return true;
  }
  return false;
}

async function copyFile(
  path: string,
  { repository, dir, replace }: CopyRequest,
): Promise<"copied" | "link" | "other" | "there"> {
  const [from, to] = [join(repository.root, path), join(dir, path)];
  const kind = await lstat(from).catch(() => undefined);
  if (!replace && (await lstat(to).catch(() => undefined)) !== undefined) return "there";
  if (kind?.isSymbolicLink()) return "link";
  if (!kind?.isFile()) return "other";
  await mkdir(dirname(to), { recursive: true });
  await copyOne(from, to);
  return "copied";
}

/** Why not, when it was left out. */
async function placeLink(
  request: CopyRequest,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { repository, dir } = request;
  const to = join(dir, path);
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { recursive: true, force: true });
  const place = { root: await realpath(repository.root), dir: await realpath(dir), request, signal };
  return followLink(join(repository.root, path), to, place);
}

interface LinkPlace {
  readonly root: string;
  readonly dir: string;
  readonly request: CopyRequest;
  readonly signal: AbortSignal;
  /** Folders that are being copied because a link leads to them. */
  readonly within?: readonly string[];
}

async function followLink(from: string, to: string, place: LinkPlace): Promise<string | undefined> {
  const target = await realpath(from).catch(() => undefined);
  if (target === undefined) return "it leads nowhere";
  if (
    !isInside(target, place.root) ||
    isLeftOut(relative(place.root, target).split(sep).join("/"), place.request)
  )
    return "it leads out of the project";
  if (await meansTheSame(await readlink(from), to, place)) return undefined;
  if (!(await stat(target)).isDirectory()) {
    await copyOne(target, to);
    return undefined;
  }
  const within = [...(place.within ?? []), target];
  if (isInside(from, target) || place.within?.includes(target)) return "it leads to a folder that it lies in";
  // What a link in there leads out to is left out without a word: it was not asked for by name.
  const copyLink = async (one: string, other: string) =>
    void (await followLink(one, other, { ...place, within }));
  await copyFolder(target, to, { signal: place.signal, copyLink });
  return undefined;
}

/** True when the same link, which is made then, leads to something in the new tree as well. */
async function meansTheSame(text: string, to: string, { dir }: LinkPlace): Promise<boolean> {
  if (resolve("/", text) === text) return false;
  const real = await realpath(join(await realpath(dirname(to)), text)).catch(() => undefined);
  if (real === undefined || !isInside(real, dir)) return false;
  await symlink(text, to);
  return true;
}

export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && resolve(way) !== way);
}

export function namesIn(bytes: Buffer): readonly string[] {
  return bytes
    .toString("utf8")
    .split("\0")
    .filter((name) => name !== "");
}

/** Some names of many, each on the line. */
export function named(paths: readonly string[], most = 5): string {
  const some = paths.slice(0, most).map(plain).join(", ");
  return paths.length > most ? `${some} and ${paths.length - most} more` : some;
}

function plain(path: string): string {
  return /[\p{Cc}\p{Cf}]/u.test(path) ? JSON.stringify(path) : path;
}
