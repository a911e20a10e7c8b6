import type { LandRequest } from "../../ports/landing.ts";
import { type Change, changesBetween } from "./changes.ts";
import { type Kept, readKept } from "./checkpoint.ts";
import type { LandTarget } from "./land-target.ts";
import type { LandRecord } from "./land-record.ts";
import { mergeTrees } from "./merge.ts";
import type { RawPath } from "./paths.ts";
import { isPartOf, type Repository } from "./repository.ts";
import { takeSide } from "./sides.ts";
import { emptyTree } from "./tree-edit.ts";

/** What landing does to a branch. */
export interface LandPlan {
  readonly commits: readonly PlannedCommit[];
  /** Of the branch; in a conflict those that the run has made. */
  readonly changes: readonly Change[];
  readonly conflicts: readonly RawPath[];
}

export interface PlannedCommit {
  readonly tree: string;
  readonly message: string;
}

interface Planning {
  readonly request: LandRequest;
  readonly target: LandTarget;
  /** What of the run has landed on the branch before. */
  readonly before: LandRecord | undefined;
}

/** Makes trees, but no commit and no ref. */
export async function planLanding(
  repository: Repository,
  { request, target, before }: Planning,
  signal: AbortSignal,
): Promise<LandPlan> {
  const { git } = repository;
  const from = await startOf(repository, { request, before }, signal);
  const steps = await stepsBetween(repository, { from, to: request.tip }, signal);
  const start = target.onto ?? (await emptyTree(git, signal));
  const commits: PlannedCommit[] = [];
  let [was, now] = [from, start];
  for (const { tree, message } of request.as === "steps" ? steps : squashed(steps, request)) {
    const sides = { base: was, ours: now, theirs: tree };
    const merge = await mergeTrees(git, sides, signal);
    const { strategy } = request;
    const isOpen = merge.conflicts.length > 0 && strategy === undefined;
    if (isOpen) {
      const changes = await changesBetween(repository, [from, request.tip], signal);
      return { commits: [], changes, conflicts: merge.conflicts.map(({ path }) => path) };
    }
    const next =
      strategy === undefined
        ? merge.tree
        : await takeSide(git, { merge, request: sides, side: strategy }, signal);
    const changes = await changesBetween(repository, [now, next], signal);
    if (changes.length > 0) commits.push({ tree: next, message });
    [was, now] = [tree, next];
  }
  return { commits, conflicts: [], changes: await changesBetween(repository, [start, now], signal) };
}

/** The steps whose work is in it. */
export async function stepsToLand(
  repository: Repository,
  { request, before }: Omit<Planning, "target">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const rest = before?.tip === request.tip ? undefined : before;
  const from = await startOf(repository, { request, before: rest }, signal);
  return nodesOf(await stepsBetween(repository, { from, to: request.tip }, signal));
}

/** Of a run that has landed before, and went on since, only the rest lands. */
async function startOf(
  repository: Repository,
  { request, before }: Omit<Planning, "target">,
  signal: AbortSignal,
): Promise<string> {
  if (before && (await isPartOf(repository, [before.tip, request.tip], signal))) return before.tip;
  return request.base;
}

interface Step {
  readonly tree: string;
  readonly message: string;
  readonly node?: string;
}

/**
 * The states of the run's tree after each step that changed something. What was taken back is not among them; what was changed
 * between steps counts to the next one.
 */
async function stepsBetween(
  repository: Repository,
  { from, to }: { readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<readonly Step[]> {
  const range = ["--first-parent", "--reverse", to, `^${from}`];
  const { stdout } = await repository.git.run(["rev-list", ...range], { signal });
  const states: Kept[] = [await readKept(repository, from, signal)];
  for (const commit of stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")) {
    const kept = await readKept(repository, commit, signal);
    const seen = states.findIndex(({ tree }) => tree === kept.tree);
    if (seen < 0) states.push(kept);
    else states.splice(seen + 1);
  }
  return joined(states.slice(1));
}

function joined(states: readonly Kept[]): readonly Step[] {
  const steps = states.filter(({ message }) => message?.kind === "WORKFLOW-STEP").map(stepOf);
  const [last] = states.slice(-1);
  if (last === undefined || steps.at(-1)?.tree === last.tree) return steps;
  const rest = steps.pop() ?? stepOf(last);
  return [...steps, { ...rest, tree: last.tree }];
}

function stepOf({ tree, message, commit }: Kept): Step {
  if (message === undefined) return { tree, message: `${commit}\n` };
  const { title, place, node, attempt, costUsd, agent, gates } = message;
  const said: readonly (readonly [string, string | number | undefined])[] = [
    ["Tutti-Run", place.runId],
    ["Tutti-Step", node],
    ["Tutti-Attempt", attempt],
    ["Tutti-Cost", costUsd === null ? "unknown" : costUsd],
    ["Tutti-Agent", agent],
    ["Tutti-Gates", gates?.join(", ")],
  ];
  const text = withTrailers(
    title,
    said.flatMap(([key, value]) => (value === undefined ? [] : [trailer(key, value)])),
  );
  return { tree, message: text, ...(node === undefined ? {} : { node }) };
}

function squashed(steps: readonly Step[], { runId, message }: LandRequest): readonly Step[] {
  const [last] = steps.slice(-1);
  if (last === undefined) return [];
  const trailers = [
    trailer("Tutti-Run", runId),
    ...nodesOf(steps).map((node) => trailer("Tutti-Step", node)),
  ];
  return [{ tree: last.tree, message: withTrailers(message, trailers) }];
}

function nodesOf(steps: readonly Step[]): readonly string[] {
  return [...new Set(steps.flatMap(({ node }) => (node === undefined ? [] : [node])))];
}

function withTrailers(message: string, trailers: readonly string[]): string {
  const text = message.trimEnd();
  const paragraphs = text.split(/\n{2,}/);
  const hasSome =
    paragraphs.length > 1 &&
    (paragraphs.at(-1) ?? "").split("\n").every((line) => /^[A-Za-z0-9-]+: /.test(line));
  return `${text}${hasSome ? "\n" : "\n\n"}${trailers.join("\n")}\n`;
}

/** Whatever the value is, it stays on its line. */
function trailer(key: string, value: string | number): string {
  return `${key}: ${String(value)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()}`;
}
