import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTuttiError } from "../../errors.ts";
import type { CheckpointNote, Workspace } from "../../ports/workspaces.ts";
import { gitDriver } from "../../../test/git-driver.ts";
import { plainGit, scratchRepository, type ScratchRepository } from "../../testing/scratch-repository.ts";
import { statsOf } from "./stats.ts";

const signal = new AbortController().signal;
const note: CheckpointNote = { kind: "WORKFLOW-STEP", what: "completed", node: "n" };

/** The age of what is written: git looks again into a file that may have been written after the index. */
interface Aged {
  readonly old: boolean;
}

/** Names of bytes, one character each: UTF-8, a line end, quotes, what is no UTF-8, a folder where others have a file. */
const names = [
  "a",
  "b/c",
  "b",
  "b/d e/f.txt",
  Buffer.from("é/ü.txt").toString("latin1"),
  "new\nline.txt",
  'q"uo\\te.txt',
  "\xff\xfe.txt",
  "n/deep/er.txt",
  "n/keep.ig",
  "x.ig",
  "b/x.ig",
  "-rf.txt",
];
const texts = ["", "one\ntwo\n", "one\r\ntwo\r\n", "one\ntwo\r\n", "$Id$\n", "\0\x01\xff\r\n", "no end"];
const rules = [
  "",
  "*.txt text eol=crlf\n",
  "* text=auto\n",
  "*.txt ident text\n",
  "*.txt -text\n",
  "*.txt eol=lf\n",
];

type Edit =
  | ({ readonly kind: "write"; readonly name: string; readonly text: string; readonly mode: number } & Aged)
  | { readonly kind: "link"; readonly name: string; readonly to: string }
  | { readonly kind: "delete"; readonly name: string }
  | { readonly kind: "move"; readonly name: string; readonly to: string }
  | { readonly kind: "folder"; readonly name: string }
  | ({ readonly kind: "rules"; readonly text: string } & Aged);

const name = fc.constantFrom(...names);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      name,
      text: fc.constantFrom(...texts),
      mode: fc.constantFrom(0o644, 0o755, 0o600),
      old: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("link" as const),
      name,
      to: fc.constantFrom("a", "b", "../out", "nowhere"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("move" as const), name, to: name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("folder" as const),
      name: fc.constantFrom("empty", "b/empty", "n/e/f"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("rules" as const),
      text: fc.constantFrom(...rules),
      old: fc.boolean(),
    }),
  },
);

const act = fc.record({
  edits: fc.array(edit, { maxLength: 6 }),
  then: fc.oneof(fc.constant("save" as const), fc.record({ restore: fc.nat({ max: 20 }) })),
});

function at(dir: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(path, "latin1")]);
}

let written = 0;

/** Room for a file: what lies above or at its place goes, unless it is a folder above. */
function room(dir: string, path: string): void {
  const parts = path.split("/");
  for (let count = 1; count < parts.length; count++) {
    const above = parts.slice(0, count).join("/");
    const stats = lstatSync(at(dir, above), { throwIfNoEntry: false });
    if (stats && !stats.isDirectory()) rmSync(at(dir, above));
  }
  rmSync(at(dir, path), { recursive: true, force: true });
  if (parts.length > 1) mkdirSync(at(dir, parts.slice(0, -1).join("/")), { recursive: true });
}

function apply(dir: string, change: Edit): void {
  if (change.kind === "rules") {
    writeFileSync(join(dir, ".gitattributes"), change.text);
    return age(at(dir, ".gitattributes"), change);
  }
  const place = at(dir, change.name);
  if (change.kind === "delete") {
    if (statsOf(place)) rmSync(place, { recursive: true });
    return;
  }
  if (change.kind === "move") return rename(dir, change);
  room(dir, change.name);
  if (change.kind === "folder") mkdirSync(place, { recursive: true });
  else if (change.kind === "link") symlinkSync(change.to, place);
  else {
    // no two are the same: of equal files git does not always see that one has taken the other's place
    written += 1;
    writeFileSync(place, Buffer.from(`${written} ${change.text}`, "latin1"));
    chmodSync(place, change.mode);
    age(place, change);
  }
}

/** No two have the same time. */
function age(place: Buffer, { old }: Aged): void {
  written += 1;
  if (old) utimesSync(place, 1e9 + written, 1e9 + written);
}

function rename(dir: string, { name, to }: { readonly name: string; readonly to: string }): void {
  const place = at(dir, name);
  const stats = statsOf(place);
  if (!stats?.isFile() || to.startsWith(name) || name.startsWith(to)) return;
  const bytes = readFileSync(place);
  rmSync(place);
  room(dir, to);
  writeFileSync(at(dir, to), bytes, { mode: stats.mode });
}

/** All that is no folder, with kind, mode and bytes; `ignored`: only what git ignores, else all but that. */
function photo(dir: string, { ignored }: { readonly ignored: boolean }): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const walk = (below: string): void => {
    for (const entry of readdirSync(at(dir, below), { encoding: "buffer" })) {
      const path = (below === "" ? "" : `${below}/`) + entry.toString("latin1");
      if (path === ".git" || path === ".tutti" || path === "sub") continue;
      const stats = lstatSync(at(dir, path));
      if (stats.isDirectory()) walk(path);
      else if ((path.endsWith(".ig") && path !== "n/keep.ig") === ignored)
        found[path] = stats.isSymbolicLink()
          ? `link ${readlinkSync(at(dir, path), { encoding: "latin1" })}`
          : `${(stats.mode & 0o777).toString(8)} ${readFileSync(at(dir, path)).toString("latin1")}`;
    }
  };
  walk("");
  return found;
}

/** What is the user's, and must stay as it is: index, what is checked out, refs, stash, configuration, hooks. */
function users(scratch: ScratchRepository): unknown {
  const git = join(scratch.dir, ".git");
  const refs = scratch.git("for-each-ref", "--format=%(refname) %(objectname)");
  return {
    index: readFileSync(join(git, "index")).toString("latin1"),
    head: readFileSync(join(git, "HEAD"), "utf8"),
    refs: refs.split("\n").filter((line) => !line.startsWith("refs/tutti/")),
    stash: scratch.git("stash", "list"),
    config: readFileSync(join(git, "config"), "utf8"),
    top: readdirSync(git).filter((entry) => !["objects", "refs", "worktrees", "ORIG_HEAD"].includes(entry)),
  };
}

function project(edits: readonly Edit[], staged: readonly Edit[]): ScratchRepository {
  const scratch = scratchRepository();
  scratch.write({ ".gitignore": "*.ig\n.tutti\n", "n/.gitignore": "!keep.ig\n", "forced.txt": "tracked\n" });
  scratch.git("init", "--quiet", "sub");
  const inner = ["-C", "sub", "-c", "user.name=a", "-c", "user.email=a@b"];
  scratch.git(...inner, "commit", "--quiet", "--allow-empty", "-m", "inner");
  for (const change of edits) apply(scratch.dir, change);
  scratch.git("-c", "advice.addEmbeddedRepo=false", "add", "--all");
  scratch.git("commit", "--quiet", "--allow-empty", "-m", "first");
  scratch.write({ "stashed.txt": "stashed\n" });
  scratch.git("stash", "--include-untracked", "--quiet");
  for (const change of staged) apply(scratch.dir, change);
  scratch.git("-c", "advice.addEmbeddedRepo=false", "add", "--all");
  return scratch;
}

async function openIn(scratch: ScratchRepository, mode: "run" | "shared") {
  const driver = gitDriver(scratch.dir);
  const { commit } = await driver.base({ runId: "r", name: "w", mode, setup: {} }, signal);
  const place = { runId: "r", lane: "" };
  const request = { mode, place, from: commit, setup: {}, print: () => {} };
  return { base: commit, tree: await driver.open(request, signal) };
}

interface Known {
  readonly commit: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Puts the tree back; refused only where something that git ignores is in the way, and then nothing has changed. */
async function restored(tree: Workspace, to: Known, before: Known["files"]): Promise<Known | undefined> {
  const ignored = photo(tree.cwd, { ignored: true });
  try {
    const { commit } = await tree.restore({ commit: to.commit, note }, signal);
    expect(photo(tree.cwd, { ignored: false })).toEqual(to.files);
    expect(photo(tree.cwd, { ignored: true })).toEqual(ignored);
    return { commit, files: to.files };
  } catch (error) {
    if (!isTuttiError(error, "WORKSPACE_UNFIT") || !error.message.includes("in the way")) throw error;
    expect(photo(tree.cwd, { ignored: false })).toEqual(before);
    return undefined;
  }
}

/** What lay there before a restore is a checkpoint, too. */
function before(scratch: ScratchRepository, commit: string): string {
  return scratch.git("rev-parse", `${commit}^`);
}

async function holds(mode: "run" | "shared", story: Story): Promise<void> {
  const scratch = project(story.first, story.staged);
  try {
    for (const change of story.unstaged) apply(scratch.dir, change);
    const usersBefore = users(scratch);
    const lies = photo(scratch.dir, { ignored: false });
    const { base, tree } = await openIn(scratch, mode);
    expect(photo(tree.cwd, { ignored: false })).toEqual(lies);
    const known: Known[] = [{ commit: base, files: lies }];
    for (const { edits, then } of story.acts) {
      for (const change of edits) apply(tree.cwd, change);
      const files = photo(tree.cwd, { ignored: false });
      if (then === "save") known.push({ commit: (await tree.save(note, signal)).commit, files });
      else {
        const to = known[then.restore % known.length];
        const next = to && (await restored(tree, to, files));
        if (next) known.push(next, { commit: before(scratch, next.commit), files });
      }
    }
    expect(users(scratch)).toEqual(usersBefore);
    expect(mode === "shared" || photo(scratch.dir, { ignored: false })).toEqual(mode === "shared" || lies);
    execFileSync("git", ["fsck", "--strict", "--no-dangling"], {
      cwd: scratch.dir,
      env: plainGit,
      stdio: "pipe",
    });
  } finally {
    scratch.remove();
  }
}

const story = fc.record({
  first: fc.array(edit, { maxLength: 8 }),
  staged: fc.array(edit, { maxLength: 3 }),
  unstaged: fc.array(edit, { maxLength: 3 }),
  acts: fc.array(act, { minLength: 1, maxLength: 5 }),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** What lies there by rules that a step takes away, and what the user has taken away and not committed. */
const ruled: Edit[] = [
  { kind: "rules", text: "*.txt text eol=crlf\n", old: true },
  { kind: "write", name: "-rf.txt", text: "one\r\ntwo\r\n", mode: 0o644, old: true },
];
const noRules: Edit = { kind: "rules", text: "", old: true };
const over: Edit = { kind: "write", name: "-rf.txt", text: "no end", mode: 0o644, old: true };
const examples: [Story][] = [
  {
    first: ruled,
    staged: [],
    unstaged: [],
    acts: [
      { edits: [noRules], then: "save" as const },
      { edits: [over], then: { restore: 1 } },
    ],
  },
  { first: ruled, staged: [noRules], unstaged: [], acts: [{ edits: [over], then: { restore: 0 } }] },
].map((told) => [told]);

const numRuns = Number(process.env["TUTTI_STORIES"] ?? 12);

describe("random edits and restores in random repositories", () => {
  it("keep every checkpoint of a tree of a run's own to the byte, and nothing of the user's changes", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        await expect(holds("run", told)).resolves.toBeUndefined();
      }),
      { numRuns, examples, interruptAfterTimeLimit: 120_000 },
    );
  }, 600_000);

  it("keep every checkpoint of the project's folder to the byte, and nothing else of the user's changes", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        await expect(holds("shared", told)).resolves.toBeUndefined();
      }),
      { numRuns, examples, interruptAfterTimeLimit: 120_000 },
    );
  }, 600_000);
});
