import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { refsRoot } from "./refs.ts";
import { type Repository, updateRefs } from "./repository.ts";

const never = new AbortController().signal;

/**
 * Somebody may have made commits in a tree and left them: nothing leads to them but the log of its HEAD, which goes with the tree. They get refs;
 * gives their names. `admin`: where the repository keeps what it knows of the tree.
 */
export async function keepLeftCommits(
  repository: Repository,
  { admin, dir }: { readonly admin: string; readonly dir: string },
): Promise<readonly string[]> {
  const known = commitsIn(admin);
  if (known.length === 0) return [];
  const tips = await unreachable(repository, known);
  if (tips.length === 0) return [];
  const folder = `${refsRoot}${basename(dirname(dir))}/commits/${basename(dir)}/`;
  const { stdout } = await repository.git.run(["for-each-ref", "--format=%(refname)", folder], {
    signal: never,
  });
  const names = stdout.toString("utf8").split("\n");
  const last = Math.max(0, ...names.map((name) => Number(name.slice(folder.length)) || 0));
  const updates = tips.map((to, at) => ({ ref: `${folder}${last + at + 1}`, to, from: null }));
  await updateRefs(repository, updates, never);
  return updates.map(({ ref }) => ref);
}

/** What was checked out there at any time. */
function commitsIn(admin: string): readonly string[] {
  const log = textOf(join(admin, "logs", "HEAD")).split("\n");
  const ids = [textOf(join(admin, "HEAD")).trim(), ...log.flatMap((line) => line.split(" ", 2))];
  return [...new Set(ids)].filter((id) => /^[0-9a-f]{40,64}$/.test(id) && !/^0+$/.test(id));
}

/** Of these, and what they were made from, those that no ref has and nothing was made from. */
async function unreachable({ git }: Repository, commits: readonly string[]): Promise<readonly string[]> {
  const args = [
    "rev-list",
    "--ignore-missing",
    "--reverse",
    "--parents",
    "--stdin",
    "--not",
    "--glob=refs/*",
  ];
  const input = [...commits, ""].join("\n");
  const { stdout } = await git.run(args, { signal: never, input });
  const lines = stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  const parents = new Set(lines.flatMap((line) => line.split(" ").slice(1)));
  return lines.map((line) => line.split(" ", 1).join("")).filter((commit) => !parents.has(commit));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
