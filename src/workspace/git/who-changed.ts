import { readMessage } from "./message.ts";
import { bytesOf, type RawPath, zeroList } from "./paths.ts";
import type { Repository } from "./repository.ts";

/** By path: the nodes whose checkpoints changed it in a tree between two of them. */
export async function whoChanged(
  { git }: Repository,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<RawPath, readonly string[]>> {
  const range = ["--first-parent", "--reverse", to, `^${from}`];
  const { stdout: commits } = await git.run(["rev-list", ...range], { signal });
  const args = ["--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--diff-merges=first-parent"];
  const { stdout } = await git.run(["diff-tree", ...args, `--format=${begins}%B`], {
    signal,
    input: commits,
  });
  const found = new Map<RawPath, string[]>();
  let node: string | undefined;
  const parts = zeroList(stdout);
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at]?.replace(/^\n/, "") ?? "";
    if (part.startsWith(begins)) node = nodeOf(part.slice(begins.length));
    // what changed is said in two parts: how, and at which path
    else if (part.startsWith(":")) {
      at += 1;
      note(found, parts[at] ?? "", node);
    }
  }
  return found;
}

const begins = "\u0001";

function nodeOf(message: string): string | undefined {
  const read = readMessage(bytesOf(message).toString("utf8"));
  return read && (read.node ?? (read.place.lane === "" ? undefined : read.place.lane));
}

function note(found: Map<RawPath, string[]>, path: RawPath, node: string | undefined): void {
  if (node === undefined) return;
  const nodes = found.get(path) ?? [];
  if (!nodes.includes(node)) found.set(path, [...nodes, node]);
}
