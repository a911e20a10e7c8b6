import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What files of a test hold: a text, bytes, a link, a program; `null` takes away. */
export type Content = string | Buffer | null | { readonly link: string } | { readonly program: string };
export type Files = Readonly<Record<string, Content>>;

/** A repository of a test, with the user's identity in it. */
export interface ScratchRepository {
  readonly dir: string;
  git(...args: readonly string[]): string;
  write(files: Files): void;
  /** Everything that lies there now becomes a commit of the branch. */
  commit(message: string, files?: Files): string;
  /** A commit that no branch has: `parent`'s files and these. */
  loose(message: string, options: { readonly parents: readonly string[]; readonly files: Files }): string;
  /** What a commit holds at a path; undefined: nothing. */
  at(commit: string, path: string): string | undefined;
  remove(): void;
}

/** Of git in tests: no settings of this machine. */
export const plainGit: Readonly<Record<string, string>> = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
};

export function scratchRepository(options: { readonly bare?: boolean } = {}): ScratchRepository {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "tutti-scratch-")));
  const run = (
    args: readonly string[],
    extra: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
  ): string =>
    execFileSync("git", args, {
      cwd: extra.cwd ?? dir,
      encoding: "utf8",
      env: { ...plainGit, ...extra.env },
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 * 1024 * 1024,
    }).replace(/\n$/, "");
  run(["init", "--quiet", "--initial-branch=main", ...(options.bare ? ["--bare"] : [])]);
  appendFileSync(
    join(dir, options.bare ? "config" : ".git/config"),
    "[user]\n\tname = Ada\n\temail = ada@example.org\n",
  );
  return {
    dir,
    git: (...args) => run(args),
    write: (files) => writeFiles(dir, files),
    commit(message, files = {}) {
      writeFiles(dir, files);
      run(["add", "--all"]);
      run(["commit", "--quiet", "--allow-empty", "-m", message]);
      return run(["rev-parse", "HEAD"]);
    },
    loose(message, { parents, files }) {
      const work = mkdtempSync(join(tmpdir(), "tutti-loose-"));
      const env = {
        GIT_DIR: run(["rev-parse", "--absolute-git-dir"]),
        GIT_WORK_TREE: work,
        GIT_INDEX_FILE: join(work, ".index"),
      };
      try {
        if (parents[0] !== undefined) run(["read-tree", "--reset", "-u", parents[0]], { env, cwd: work });
        writeFiles(work, files);
        run(["add", "--all", "--force", "--", ".", ":!.index", ":!.index.lock"], { env, cwd: work });
        const tree = run(["write-tree"], { env, cwd: work });
        return run(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-m", message]);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    },
    at(commit, path) {
      try {
        return execFileSync("git", ["cat-file", "blob", `${commit}:${path}`], {
          cwd: dir,
          encoding: "utf8",
          env: plainGit,
          stdio: ["ignore", "pipe", "ignore"],
        });
      } catch {
        return undefined;
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export function writeFiles(dir: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    rmSync(path, { recursive: true, force: true });
    if (content === null) continue;
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === "string" || Buffer.isBuffer(content)) writeFileSync(path, content);
    else if ("link" in content) symlinkSync(content.link, path);
    else {
      writeFileSync(path, content.program);
      chmodSync(path, 0o755);
    }
  }
}

/** Everything below a folder but `.git` and `.tutti`, as text: kind, mode, content. */
export function photograph(dir: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const walk = (below: string): void => {
    for (const name of readdirSync(join(dir, below)).sort()) {
      if (below === "" && (name === ".git" || name === ".tutti")) continue;
      const path = join(below, name);
      const state = lstatSync(join(dir, path));
      if (state.isDirectory()) walk(path);
      else if (state.isSymbolicLink()) found[path] = `link ${readlinkSync(join(dir, path))}`;
      else found[path] = `${(state.mode & 0o777).toString(8)} ${readFileSync(join(dir, path), "latin1")}`;
    }
  };
  walk("");
  return found;
}

/** Everything of the user's: files, index, refs, HEAD, settings. */
export function photographUser(user: ScratchRepository): Readonly<Record<string, unknown>> {
  return {
    files: photograph(user.dir),
    index: user.git("ls-files", "--stage", "-v"),
    refs: user.git(
      "for-each-ref",
      "--format=%(refname) %(objectname)",
      "refs/heads",
      "refs/tags",
      "refs/stash",
    ),
    head: readFileSync(join(user.dir, ".git", "HEAD"), "utf8"),
    config: readFileSync(join(user.dir, ".git", "config"), "utf8"),
  };
}
