import { openTree, type TreeJob } from "./in-workspace.ts";
import { tellWait } from "./tell-wait.ts";
import type { Outcome } from "../core/outcome.ts";
import type { WorkspacePolicy } from "../core/workspace.ts";
import { TuttiError } from "../errors.ts";
import type { ConflictStrategy } from "../language/workspace.ts";
import type { WorkEffect } from "../ports/performer.ts";
import type { Conflict, Landed, Workspace } from "../ports/workspaces.ts";

type GateEffect = Extract<WorkEffect, { readonly type: "gate" }>;

/** Most files that are named. */
const maxPaths = 100;

/** Brings what was done in the effect's tree into the one that it lands in. */
export async function land(effect: GateEffect, job: TreeJob): Promise<Outcome> {
  const { check, address: node, attempt, policy } = effect;
  const { workspace } = policy;
  if (check.kind !== "landing" || !workspace?.onto) throw notLanding(effect);
  const { onto, place } = workspace;
  const { commit, cwd } = await toLand(effect, { ...job, workspace });
  const target = await openTree({ ...workspace, place: onto.place, from: onto.tip }, job);
  const waits = "the others to end their work in the tree it lands in";
  const over = tellWait({ stage: "landing", waits }, { work: job.work, clock: job.parts.clock });
  const { strategy, by } = check;
  const note = { kind: "WORKFLOW-STEP", what: "landed", node, attempt } as const;
  const writer = { writer: place, commit, strategy, by, note };
  const landed = await target.takeIn(writer, job.work.signal).finally(over);
  return landed.landed
    ? cameIn(landed, { lane: onto.place.lane, strategy })
    : refused(landed, { strategy, tree: cwd, tip: onto.tip });
}

function notLanding({ address }: GateEffect): TuttiError {
  return new TuttiError("INTERNAL", `Cannot land "${address}": it has no tree to land in`, {
    fix: "report this as a bug",
  });
}

/** What the step left, or what people made of it when they were asked to. */
async function toLand(
  { id }: GateEffect,
  { workspace, ...job }: TreeJob & { readonly workspace: WorkspacePolicy },
): Promise<{ readonly commit: string; readonly cwd: string }> {
  const tree: Workspace = await openTree(workspace, job);
  const { lands = tree.tip } = workspace;
  const begun = await tree.begin({ effectId: id, from: lands }, job.work.signal);
  begun.release();
  return { commit: begun.found?.kept ? begun.found.commit : lands, cwd: tree.cwd };
}

type Came = Extract<Landed, { landed: true }>;

function cameIn(
  { commit, number, files, decided = [] }: Came,
  { lane, strategy }: { readonly lane: string; readonly strategy: ConflictStrategy },
): Outcome {
  const into = lane === "" ? "the tree of the run" : `the tree of "${lane}"`;
  const came = `${counted(files.length)} came into ${into}`;
  const isDecided = decided.length > 0;
  const evidence = {
    summary: isDecided ? `${came}; ${decidedText(decided, { lane, strategy })}` : came,
    landed: commit,
    changed: files.length,
    files: files.slice(0, maxPaths),
    into,
    ...(isDecided ? { side: strategy, decided: decided.slice(0, maxPaths) } : {}),
  };
  return { ok: true, checkpoint: { commit, number }, evidence };
}

/** Whose work is not there, where a side was taken. */
function decidedText(
  paths: readonly string[],
  { lane, strategy }: { readonly lane: string; readonly strategy: ConflictStrategy },
): string {
  const them = paths.length === 1 ? "it" : "them";
  const changed = `${namesOf(paths)} ${paths.length === 1 ? "was" : "were"} changed on both sides: `;
  const there = lane === "" ? "in the run" : `in "${lane}"`;
  return strategy === "theirs"
    ? `${changed}as the step has ${them} (\`theirs\`), what others did to the same lines was written over`
    : `${changed}kept as ${there} (\`ours\`), what the step did to the same lines did not land`;
}

function counted(files: number): string {
  return `${files} file${files === 1 ? "" : "s"}`;
}

interface Refused {
  readonly strategy: ConflictStrategy;
  /** Where both lie now. */
  readonly tree: string;
  /** What it should have come to. */
  readonly tip: string;
}

function refused(
  { conflicts, tip: checkpoint }: Extract<Landed, { landed: false }>,
  { strategy, tree, tip }: Refused,
): Outcome {
  return {
    ok: false,
    checkpoint,
    evidence: {
      summary: summaryOf(conflicts),
      tree,
      tip,
      conflicts: conflicts.map(({ path, kind, with: nodes }) => ({ path, kind, with: nodes })),
      output: [
        areLeft(conflicts) ? stillThere(strategy) : toDo[strategy],
        ...conflicts.map(conflictText),
      ].join("\n\n"),
    },
  };
}

/** They are of a conflict before, which nobody has decided yet. */
function areLeft(conflicts: readonly Conflict[]): boolean {
  return conflicts.some(({ left }) => left !== undefined);
}

/** What somebody reads who sees one line of it. */
export function summaryOf(conflicts: readonly Conflict[]): string {
  if (!areLeft(conflicts)) {
    const others = [...new Set(conflicts.flatMap((conflict) => conflict.with))];
    const meanwhile = others.length > 0 ? ` by ${others.join(", ")}` : "";
    return `${named(conflicts, besides)} changed here and meanwhile${meanwhile}: they cannot be brought together`;
  }
  const marked = conflicts.filter(({ left }) => left === "marks");
  const beside = conflicts.filter(({ left }) => left === "beside");
  return [
    ...(marked.length > 0 ? [`conflict marks are still in ${named(marked, nothing)}`] : []),
    ...(beside.length > 0 ? [`what a conflict put beside is still there: ${named(beside, nothing)}`] : []),
  ].join("; ");
}

/** Most files that a summary names. */
const maxNames = 3;

function named(conflicts: readonly Conflict[], about: (conflict: Conflict) => string): string {
  return listed(conflicts.map((one) => nameOf(one.path) + about(one)));
}

function namesOf(paths: readonly string[]): string {
  return listed(paths.map(nameOf));
}

function nameOf(path: string): string {
  return /\p{Cc}/u.test(path) ? JSON.stringify(path) : path;
}

function listed(all: readonly string[]): string {
  const names = [...all];
  const more = names.splice(maxNames).length;
  const last = more > 0 ? `${more} more` : names.pop();
  return names.length > 0 ? `${names.join(", ")} and ${last}` : `${last}`;
}

/** What is the case besides, where it is not lines that differ. */
function besides({ kind }: Conflict): string {
  const words = kindWords.get(kind);
  return words === undefined ? "" : ` (${words})`;
}

function nothing(): string {
  return "";
}

const kindWords: ReadonlyMap<string, string> = new Map([
  ["binary", "a binary file"],
  ["modify/delete", "deleted by one of both"],
  ["rename/delete", "renamed by one and deleted by the other"],
  ["rename/rename", "renamed by both"],
  ["file/directory", "a folder for one of both"],
  ["distinct modes", "a file for one and a link for the other"],
  ["submodule", "a submodule"],
]);

const both =
  "Files were changed by this step and meanwhile by others. The working tree holds both now: with marks at the lines in conflict, or, " +
  "where lines cannot be marked, as files beside each other with ~ in their names. ";
const left =
  "What an earlier conflict put into the working tree is still there, as said below: marks in files, or files with ~ in their names. ";
const decide = {
  agent:
    "Bring them together so that both purposes are met, remove the marks, and delete the files with ~ in their names.",
  human:
    "Bring them together there, remove the marks, delete the files with ~ in their names, and answer yes.",
};

/** For whoever does the step next. */
const toDo: Readonly<Record<ConflictStrategy, string>> = {
  agent: both + decide.agent,
  human: both + decide.human,
  serialize:
    "Files were changed by this step and meanwhile by others. The working tree is as the others left it: do the step again on that.",
  ours: "These files cannot be brought together by taking what was there.",
  theirs: "These files cannot be brought together by taking what this step made of them.",
};

function stillThere(strategy: ConflictStrategy): string {
  return left + (strategy === "human" ? decide.human : decide.agent);
}

function conflictText({ path, kind, with: nodes, left, excerpt }: Conflict): string {
  const others = nodes.length > 0 ? `, also changed by ${nodes.join(", ")}` : "";
  const head = left === undefined ? `${path} (${kind}${others})` : path;
  return excerpt === undefined ? head : `${head}\n${excerpt}`;
}
