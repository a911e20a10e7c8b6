import { existsSync, readdirSync, statSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { WorkPlace } from "../../core/workspace.ts";
import { isTuttiError, TuttiError } from "../../errors.ts";
import type { Checkpoints, TreeState } from "../../ports/checkpoints.ts";
import { readKept } from "./checkpoint.ts";
import { named } from "./copies.ts";
import { trimInstalls } from "./installs.ts";
import type { Workshop } from "./open.ts";
import { givePortsBack } from "./ports.ts";
import { filesOf, refsRoot, runSlug } from "./refs.ts";
import { readRef, type Repository } from "./repository.ts";
import { newTree, type Tree } from "./tree.ts";
import { readTreeFile, type TreeFile } from "./tree-file.ts";
import { Queue, Turns } from "../turns.ts";
import { unsavedIn } from "./unsaved.ts";
import { processesIn } from "./workers.ts";
import { dropTree, goneTrees, isHalf } from "./worktree.ts";

export interface TreesParts {
  readonly workshop: Workshop;
  readonly find: (signal: AbortSignal) => Promise<Repository>;
}

/** The trees that are there, and how they go. */
export function createGitTrees({
  workshop,
  find,
}: TreesParts): Pick<Checkpoints, "trees" | "remove" | "tidy"> {
  return {
    async trees({ runId }, signal) {
      const found = treeFiles(workshop, runId);
      if (found.length === 0) return [];
      const repository = await find(signal);
      const states: TreeState[] = [];
      for (const file of found) states.push(...(await stateOf(workshop, { repository, file }, signal)));
      return states;
    },
    async remove(place, signal) {
      return remove(workshop, { repository: await find(signal), place }, signal);
    },
    async tidy(isOver, signal) {
      const repository = existsSync(workshop.treesDir) ? await find(signal) : undefined;
      return tidy(workshop, { repository, isOver }, signal);
    },
  };
}

interface Found {
  readonly run: string;
  readonly slug: string;
}

/** Of every tree something lies in the folder of its run: itself, or the file that says what it was. */
function treeFiles({ treesDir }: Workshop, runId?: string): readonly Found[] {
  const runs = runId === undefined ? namesIn(treesDir) : [runSlug(runId)];
  return runs.flatMap((run) => {
    const names = namesIn(join(treesDir, run));
    const slugs = new Set(names.map((name) => name.replace(/\.(json|index|making)$/, "")));
    return [...slugs].filter((slug) => names.includes(slug)).map((slug) => ({ run, slug }));
  });
}

/** Nothing where there is no such folder, or something else. */
function namesIn(folder: string): readonly string[] {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? readdirSync(folder) : [];
}

async function stateOf(
  workshop: Workshop,
  { repository, file }: { readonly repository: Repository; readonly file: Found },
  signal: AbortSignal,
): Promise<readonly TreeState[]> {
  const place = await placeOf(workshop, { repository, file }, signal);
  if (place === undefined) return [];
  const { dir } = filesOf(workshop.treesDir, place);
  if (isHalf(dir)) return [{ place, dir, unsaved: [] }];
  try {
    return [{ place, dir, unsaved: await unsavedIn(lookedAt(workshop, { repository, place }), signal) }];
  } catch (error) {
    // What cannot be looked at counts as unsaved.
    if (signal.aborted || !isTuttiError(error)) throw error;
    return [{ place, dir, unsaved: ["./"] }];
  }
}

/** By the file beside the tree; where that is lost by the newest checkpoint, whose ref has the same name. */
async function placeOf(
  { treesDir }: Workshop,
  { repository, file }: { readonly repository: Repository; readonly file: Found },
  signal: AbortSignal,
): Promise<WorkPlace | undefined> {
  const { run, slug } = file;
  const known = readTreeFile(join(treesDir, run, `${slug}.json`))?.place;
  if (known) return known;
  const ref = `${refsRoot}${run}/${slug === "run" ? "run" : `lanes/${slug}`}`;
  const newest = await readRef(repository, ref, signal);
  const place =
    newest === undefined ? undefined : (await readKept(repository, newest, signal)).message?.place;
  // A lane that has no checkpoint of its own yet is where the tree around it was.
  return place && filesOf(treesDir, place).dir === join(treesDir, run, slug) ? place : undefined;
}

/** As somebody sees it who only looks: who works in it knows nothing of that. */
function lookedAt(
  { treesDir, stateDir, clock }: Workshop,
  { repository, place }: { readonly repository: Repository; readonly place: WorkPlace },
): Tree {
  const newest = {
    commit: "",
    number: 0,
    tree: "",
    parents: [],
    exact: { files: new Map() },
    message: undefined,
  };
  const apart = [stateDir, treesDir];
  const own = { turns: new Turns(), queue: new Queue() };
  return newTree({ repository, place, treesDir, apart, clock, own: true, newest, ...own });
}

async function remove(
  workshop: Workshop,
  { repository, place }: { readonly repository: Repository; readonly place: WorkPlace },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { treesDir, stateDir, trees, ready } = workshop;
  const { dir } = filesOf(treesDir, place);
  const tree = trees.get(dir);
  const take = async (): Promise<readonly string[]> => {
    if (existsSync(dir) && !isHalf(dir)) await refuseAtWork(dir, ready, signal);
    if (existsSync(dir) && !isHalf(dir)) {
      const unsaved = await unsavedIn(lookedAt(workshop, { repository, place }), signal);
      if (unsaved.length > 0) throw holdsWork(dir, unsaved);
    }
    const commits = await dropBeside(repository, dir);
    const isOver = (block: { readonly place: WorkPlace }): boolean => isSame(block.place, place);
    await givePortsBack(stateDir, { isOver, signal });
    return commits;
  };
  // Whoever works in it in this process comes to an end first; nothing of the project's folder goes.
  return tree?.own ? tree.turns.alone({}, () => tree.queue.run(take, signal), signal) : take();
}

function isSame(one: WorkPlace, other: WorkPlace): boolean {
  return one.runId === other.runId && one.lane === other.lane;
}

async function refuseAtWork(
  dir: string,
  { processes }: Workshop["ready"],
  signal: AbortSignal,
): Promise<void> {
  const pids = await processesIn(dir, { processes }, signal);
  if (pids.length === 0) return;
  const who = pids.length === 1 ? "a process works" : "processes work";
  throw new TuttiError(
    "WORKSPACE_UNSAVED",
    `Cannot take away the working tree "${dir}": ${who} in it: ${pids.join(", ")}`,
    { fix: `leave that folder, or end what runs there: kill ${pids.join(" ")}` },
  );
}

function holdsWork(dir: string, unsaved: readonly string[]): TuttiError {
  const isInner = unsaved.every((path) => path.endsWith("/"));
  return new TuttiError(
    "WORKSPACE_UNSAVED",
    `Cannot take away the working tree "${dir}": in no checkpoint is ${named(unsaved)}`,
    {
      fix: isInner
        ? "no checkpoint can hold a repository inside a tree: push what is in it, or copy it away"
        : "keep it as a checkpoint first: tutti doctor --clean --save",
    },
  );
}

async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

const unusedWords = "that nobody used for a month, or that were too many";

interface Tidying {
  readonly repository: Repository | undefined;
  readonly isOver: (place: WorkPlace) => boolean;
}

async function tidy(
  { stateDir, treesDir, clock }: Workshop,
  { repository, isOver }: Tidying,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const done: string[] = [];
  const rests = repository ? await dropRests(repository, { treesDir, isOver }) : 0;
  if (rests > 0) done.push(`took away what was left of ${rests} ${rests === 1 ? "tree" : "trees"}`);
  const ports = await givePortsBack(stateDir, { isOver: ({ place }) => isOver(place), signal });
  if (ports > 0) done.push(`gave back the ports of ${ports} ${ports === 1 ? "tree" : "trees"}`);
  const installs = await trimInstalls(stateDir, { now: clock.now() });
  if (installs > 0)
    done.push(`took away ${installs} stored ${installs === 1 ? "install" : "installs"} ${unusedWords}`);
  return done;
}

/** Of trees that somebody deleted what lies beside them and what the repository knows of them; of the project's folder its private index. */
async function dropRests(
  repository: Repository,
  { treesDir, isOver }: { readonly treesDir: string } & Pick<Tidying, "isOver">,
): Promise<number> {
  const rests = new Set(restsBeside(treesDir, isOver));
  // One that is being made has no folder yet.
  for (const dir of goneTrees(repository, treesDir)) if (!isHalf(dir)) rests.add(dir);
  for (const dir of rests) await dropBeside(repository, dir);
  return rests.size;
}

function restsBeside(treesDir: string, isOver: Tidying["isOver"]): readonly string[] {
  const records = namesIn(treesDir).flatMap((run) =>
    namesIn(join(treesDir, run))
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(treesDir, run, name)),
  );
  return records.flatMap((record) => {
    const dir = record.slice(0, -".json".length);
    const known = readTreeFile(record);
    const isRest = !existsSync(dir) && (isOwn(known) || existsSync(`${dir}.index`));
    return isRest && known && isOver(known.place) ? [dir] : [];
  });
}

/** That the project's folder was a tree of the run stays known: it is what is compared and put back. */
async function dropBeside(repository: Repository, dir: string): Promise<readonly string[]> {
  const record = `${dir}.json`;
  const isKept = !isOwn(readTreeFile(record));
  const commits = await dropTree(repository, dir);
  if (!isKept) await rm(record, { force: true });
  await removeEmpty(dirname(dir));
  return commits;
}

function isOwn(known: TreeFile | undefined): boolean {
  return known === undefined || known.made !== undefined;
}
