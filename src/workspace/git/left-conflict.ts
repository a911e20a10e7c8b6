import type { Conflict } from "../../ports/workspaces.ts";
import { type Kept, readKept } from "./checkpoint.ts";
import { bounded, leftMarks } from "./marks.ts";
import { meet, type Meeting, whereItLeft } from "./meeting.ts";
import { fromProject } from "./paths.ts";
import { mergeWith, type Side } from "./sides.ts";

/** Stands at the marks and in the names of a conflict with this checkpoint. */
export function markId(commit: string): string {
  return `tutti ${commit.slice(0, 12)}`;
}

/** What lands, with what is left in it of conflicts that the writer was given before: nothing lands that has such marks. */
export interface Undecided {
  readonly at: Meeting;
  readonly marked: readonly Conflict[];
  /** Paths of which the strategy decides what nobody had brought together. */
  readonly decided: readonly string[];
}

/**
 * A conflict of which nothing was brought together yet is met as if for the first time where the strategy decides it, or has it done
 * again. What was brought together of one stays, and the strategy decides the rest. Before somebody who was asked it stays as it was given,
 * also when others have landed since: what is brought together then is met as coming from there.
 */
export async function decideLeft(at: Meeting, signal: AbortSignal): Promise<Undecided> {
  const given = await givenSince(at, signal);
  const marked = await stillMarked(at, given.ids, signal);
  const { last } = given;
  if (!last) return { at, marked, decided: [] };
  const isUntouched = last.commit === at.theirs.commit;
  if (marked.length === 0 && !isUntouched) return { at, marked, decided: [] };
  const { strategy } = at.landing;
  const asks = strategy === "agent" || strategy === "human";
  if (asks && marked.length > 0) return { at, marked, decided: [] };
  if (asks || isUntouched || strategy === "serialize")
    return { at: await meet(at, last.of, signal), marked: [], decided: [] };
  const next = { ...at, content: await decidedFor(at, { last, side: strategy }, signal) };
  const decided = [...new Set(marked.map(pathOf))].sort();
  return { at: next, marked: await stillMarked(next, given.ids, signal), decided };
}

/** What the conflict is about: of a file that was put beside, the path that it was put beside of. */
function pathOf({ path }: Conflict): string {
  return path.replace(/~tutti [0-9a-f]{12}-[^/]*/, "");
}

/** A checkpoint that gave the writer a conflict. */
interface Given extends Kept {
  /** What it had done, that could not land. */
  readonly of: string;
  /** What it could not be brought together with. */
  readonly with: string;
}

/** The conflicts that the writer was given since it left the target: by what they are known, and the last of them. */
async function givenSince(
  { target: { repository }, left, theirs }: Meeting,
  signal: AbortSignal,
): Promise<{ readonly ids: readonly string[]; readonly last: Given | undefined }> {
  const range = ["--first-parent", "--parents", "--min-parents=2", theirs.commit, `^${left.base.commit}`];
  const { stdout } = await repository.git.run(["rev-list", ...range], { signal });
  const merges = stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [commit = "", , other] = line.split(" ");
      return other === undefined ? [] : [{ commit, other }];
    });
  const ids = merges.map(({ other }) => markId(other));
  for (const { commit, other } of merges) {
    const kept = await readKept(repository, commit, signal);
    const of = kept.message?.writer;
    if (of !== undefined) return { ids, last: { ...kept, of, with: other } };
  }
  return { ids, last: undefined };
}

/** Files with marks, and files put beside, that are still there. */
async function stillMarked(
  { target, content }: Meeting,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly Conflict[]> {
  const { git, prefix } = target.repository;
  const marked = await leftMarks(git, { tree: content, ids }, signal);
  return bounded(
    [...marked].map(([path, { left, excerpt }]) => ({
      path: fromProject(path, prefix),
      kind: "content",
      with: [],
      left,
      excerpt,
    })),
  );
}

/** As the side has it where the conflict still is as it was given; as somebody has made it, where somebody has. */
async function decidedFor(
  { target: { repository }, before, theirs }: Meeting,
  { last, side }: { readonly last: Given; readonly side: Side },
  signal: AbortSignal,
): Promise<string> {
  const { git } = repository;
  const left = await whereItLeft(repository, { onto: last.with, commit: last.of, before }, signal);
  const sides = { base: left?.base.commit ?? last.with, ours: last.with, theirs: last.of };
  const whole = await mergeWith(git, { request: sides, side }, signal);
  const made = { base: last.commit, ours: whole.tree, theirs: theirs.commit };
  return (await mergeWith(git, { request: made, side: "theirs" }, signal)).tree;
}
