import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { array, assert, constantFrom, dictionary, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { plainGit } from "../../testing/scratch-repository.ts";
import { temporaryFolder } from "../../testing/testbed.ts";
import { absentMode, type Change } from "./changes.ts";
import { type Folders, foldersAfter, foldersOf } from "./folders.ts";
import { indexEntries, type IndexEntry } from "./index-file.ts";
import { keepObject } from "./objects.ts";
import { bytesOf, type RawPath, rawOf } from "./paths.ts";

/** A content by path; where one path is a folder of another the later wins. */
type Content = ReadonlyMap<RawPath, IndexEntry>;

const hashes = { sha1: 20, sha256: 32 } as const;
type Hash = keyof typeof hashes;

// names around the slash in the order of bytes, and such as git has to write with care
const names = constantFrom("a", "a-b", "a.b", "a0", "b", "ü", "new\nline", 'q"', "\xff").map((name) =>
  name === "\xff" ? name : rawOf(name),
);
const paths = array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const files = dictionary(
  paths,
  tuple(constantFrom("100644", "100755", "120000"), constantFrom("1", "2", "3")),
);

function contentOf(drawn: Readonly<Record<string, readonly [string, string]>>, hash: Hash): Content {
  const found = new Map<RawPath, IndexEntry>();
  for (const [path, [mode, fill]] of Object.entries(drawn)) {
    const isInTheWay = [...found.keys()].some(
      (other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
    );
    if (!isInTheWay) found.set(path, { path, mode, id: fill.repeat(hashes[hash] * 2) });
  }
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function changesFrom(before: Content, after: Content): readonly Change[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return [...all].flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old?.mode === now?.mode && old?.id === now?.id) return [];
    const none = { mode: absentMode, id: "" };
    const { mode: oldMode, id: oldId } = old ?? none;
    const { mode: newMode, id: newId } = now ?? none;
    return [{ path, oldMode, newMode, oldId, newId }];
  });
}

function git(dir: string, args: readonly string[], input?: Uint8Array): string {
  const said = execFileSync("git", args, { cwd: dir, env: plainGit, ...(input ? { input } : {}) });
  return said.toString("utf8").trim();
}

function repositoryOf(hash: Hash): string {
  const dir = temporaryFolder();
  git(dir, ["init", "--quiet", `--object-format=${hash}`]);
  return dir;
}

/** What git makes of it. */
function gitFolders(dir: string, content: Content): { readonly name: string; readonly read: Folders } {
  const index = join(dir, ".git/index");
  rmSync(index, { force: true });
  const lines = [...content.values()].map(({ path, mode, id }) => `${mode} ${id}\t${path}\0`).join("");
  git(dir, ["update-index", "-z", "--index-info"], bytesOf(lines));
  const name = git(dir, ["write-tree", "--missing-ok"]);
  const hashBytes = name.length / 2;
  const entries = existsSync(index) ? indexEntries(index, { hashBytes }) : [];
  return { name, read: foldersOf(entries ?? [], hashBytes) };
}

describe.each(["sha1", "sha256"] as const)("the folders of a content, by %s", (hash) => {
  const hashBytes = hashes[hash];

  it("are named as git names them, read from an index and after changes", () => {
    const dir = repositoryOf(hash);
    const law = property(files, files, (one, other) => {
      const [before, after] = [contentOf(one, hash), contentOf(other, hash)];
      const known = gitFolders(dir, before);
      expect(known.read.name).toBe(known.name);
      const { folders, objects } = foldersAfter(known.read, changesFrom(before, after), hashBytes);
      for (const { name, object } of objects)
        keepObject({ commonDir: join(dir, ".git"), root: dir }, { name, object });
      expect(folders.name).toBe(gitFolders(dir, after).name);
    });
    assert(law, { numRuns: 20 });
    expect(git(dir, ["count-objects"])).toMatch(/^[1-9]/);
  });

  it("come to the same by whatever changes", () => {
    const law = property(files, array(files, { minLength: 1, maxLength: 3 }), (first, more) => {
      let content = contentOf(first, hash);
      let folders = foldersOf(content.values(), hashBytes);
      for (const drawn of more) {
        const next = contentOf(drawn, hash);
        folders = foldersAfter(folders, changesFrom(content, next), hashBytes).folders;
        content = next;
      }
      expect(folders).toEqual(foldersOf(content.values(), hashBytes));
    });
    assert(law, { numRuns: 300 });
  });
});
