import { type Change, absentMode } from "./changes.ts";
import { bytesOf, quoted } from "./paths.ts";
import type { Repository } from "./repository.ts";

export interface ChangesToCommit {
  readonly ref: string;
  /** What the ref has now. */
  readonly parent: string;
  readonly changes: readonly Change[];
  readonly message: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/**
 * Commits changes of a parent and puts the ref to it, in one process: starting three of them takes longer than what they do. Their
 * contents must be in the repository.
 */
export async function commitChanges(
  { git }: Repository,
  { ref, parent, changes, message, at }: ChangesToCommit,
  signal: AbortSignal,
): Promise<{ readonly commit: string; readonly tree: string }> {
  const who = `tutti <tutti@localhost> ${at} +0000`;
  const text = Buffer.from(message, "utf8");
  const head = [`commit ${ref}`, "mark :1", `author ${who}`, `committer ${who}`, `data ${text.length}`, ""];
  const isGone = ({ newMode }: Change): boolean => newMode === absentMode;
  // What goes is said first: a file may come where a folder was.
  const gone = changes.filter(isGone).map(({ path }) => `D ${quoted(path)}\n`);
  const there = changes.filter((change) => !isGone(change));
  const came = there.map(({ newMode, newId, path }) => `M ${newMode} ${newId} ${quoted(path)}\n`);
  const { stdout } = await git.run(["fast-import", "--quiet", "--done", "--date-format=raw"], {
    signal,
    input: Buffer.concat([
      Buffer.from(head.join("\n")),
      text,
      Buffer.from(`from ${parent}\n`),
      bytesOf([...gone, ...came].join("")),
      Buffer.from('\nget-mark :1\nls :1 ""\ndone\n'),
    ]),
  });
  const [commit = "", tree = ""] = stdout.toString("latin1").split("\n");
  return { commit, tree: tree.replace(/^040000 tree ([0-9a-f]+)\t.*$/, "$1") };
}
