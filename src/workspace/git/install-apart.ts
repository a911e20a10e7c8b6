import { type Kept, makeCheckpoint } from "./checkpoint.ts";
import { named } from "./copies.ts";
import { move } from "./move.ts";
import { type Content, look } from "./save.ts";
import { isStaged, stagedTree } from "./stage.ts";
import { callIn, type Tree } from "./tree.ts";

export interface InstallApart {
  readonly install: () => Promise<void>;
  /** Nobody has worked in the tree yet. */
  readonly isNew: boolean;
  readonly print: (line: string) => void;
}

/**
 * Installs in the tree, and puts what that does to files that git does not ignore back to the newest checkpoint: it is nobody's work, and
 * would meet itself in every tree. It is kept as a checkpoint before. What somebody has left there stays as it is.
 */
export async function installApart(
  tree: Tree,
  { install, isNew, print }: InstallApart,
  signal: AbortSignal,
): Promise<void> {
  const isQuiet = isNew || (await look(tree, signal)).isSame;
  const known = new Set(tree.notCovered);
  await install();
  if (!isQuiet) return;
  const first = await look(tree, signal);
  const inner = tree.notCovered.filter((path) => !known.has(path));
  // git never takes a repository away
  if (inner.length > 0)
    print(`not put back, and in no checkpoint, as it is a repository of its own: ${named(inner, 3)}`);
  if (first.isSame) return;
  await putBack(tree, first, signal);
  // Git may ignore less once .gitignore is what it was.
  const second = await look(tree, signal);
  if (!second.isSame) await putBack(tree, second, signal);
  const { files: left } = second.isSame ? second : await look(tree, signal);
  const back = [...new Set([...first.files, ...second.files])].filter((file) => !left.includes(file)).sort();
  if (back.length > 0)
    print(`put back what the install did to ${named(back, 3)}: name in .gitignore what the tree needs of it`);
}

/** Both are there, or none: a crash leaves no tree that counts what was installed as its own. */
async function putBack(tree: Tree, { exact }: Content, signal: AbortSignal): Promise<void> {
  const { newest: to, refs } = tree;
  const note = { kind: "WORKFLOW-RECOVERY", what: "left by the install" } as const;
  const found: Kept = await makeCheckpoint(
    tree,
    {
      tree: await stagedTree(tree, callIn(tree, signal)),
      exact,
      parents: [to.commit],
      number: to.number + 1,
      note,
    },
    signal,
  );
  const next = await makeCheckpoint(
    tree,
    {
      tree: to.tree,
      exact: to.exact,
      // From the one it was made from the tree goes on: that is what it has in common with the one around it.
      parents: [found.commit, to.commit],
      number: found.number + 1,
      note: { ...note, what: "put back" },
    },
    signal,
  );
  const { id } = found.exact;
  const kept = id === undefined ? [] : [{ ref: refs.exact(found.commit), to: id }];
  await move(tree, { from: found, next, refs: kept }, signal);
  isStaged(tree);
}
