import type { Outcome } from "../../core/outcome.ts";
import type { CheckpointRef, WorkPlace } from "../../core/workspace.ts";
import type { WorkContext, WorkEffect } from "../../ports/performer.ts";
import { must } from "./same.ts";

/** What lies in a tree: how often each piece of work was done there. */
type Content = ReadonlyMap<string, number>;

interface Commit extends CheckpointRef {
  readonly content: Content;
}

interface Tree {
  now: Content;
  newest: Commit;
  /** Effects that were begun in it and have not come to their end, also those of processes that are gone. */
  readonly atWork: Set<string>;
}

/**
 * Working trees as their driver keeps them, in which work leaves a mark each time it is done. They outlive every process of
 * a simulation.
 */
export class TreesModel {
  readonly #trees = new Map<string, Tree>();
  readonly #commits = new Map<string, Commit>();
  /** What each lane landed as, by what landed. */
  readonly #landed = new Map<string, CheckpointRef>();
  /** What could not land, by the checkpoint in which its writer was given the conflict. */
  readonly #given = new Map<string, Content>();

  readonly #alwaysLands: boolean;

  constructor(base: string, { alwaysLands }: { readonly alwaysLands: boolean }) {
    this.#alwaysLands = alwaysLands;
    const commit = { commit: base, number: 0, content: new Map() };
    this.#commits.set(base, commit);
    this.#trees.set("", { now: commit.content, newest: commit, atWork: new Set() });
  }

  contentOf(commit: string): Content {
    const found = this.#commits.get(commit);
    must(found !== undefined, `${commit} is a checkpoint`);
    return found?.content ?? new Map();
  }

  /** The work of an effect begins; `here`: what this process has at work. */
  begin(effect: WorkEffect, here: Set<string>, { begins }: Pick<WorkContext, "begins">): void {
    const policy = effect.policy.workspace;
    if (!policy) return;
    const tree = this.#treeOf(policy.place, policy.from);
    const isAlone = [...tree.atWork].every((id) => !here.has(id));
    const from = policy.begin === undefined ? undefined : begins?.();
    if (from !== undefined && isAlone) this.#bring(tree, { from, place: policy.place });
    tree.atWork.add(effect.id);
    here.add(effect.id);
  }

  /** What work leaves when it is cut off. */
  cutOff(effect: WorkEffect, here: Set<string>): void {
    const policy = effect.policy.workspace;
    here.delete(effect.id);
    if (policy?.saves) this.#mark(this.#treeOf(policy.place, policy.from), effect);
  }

  /** The outcome of work that came to its end, with the checkpoint of it. */
  end(effect: WorkEffect, here: Set<string>, outcome: Outcome): Outcome {
    const policy = effect.policy.workspace;
    here.delete(effect.id);
    if (!policy) return outcome;
    const tree = this.#treeOf(policy.place, policy.from);
    tree.atWork.delete(effect.id);
    if (effect.type === "gate")
      return effect.check.kind === "landing" ? this.#land(effect, outcome) : outcome;
    if (!policy.saves) return outcome;
    this.#mark(tree, effect);
    const { commit, number } = this.#save(tree, policy.place);
    return { ...outcome, checkpoint: { commit, number } };
  }

  #treeOf({ lane }: WorkPlace, from: string): Tree {
    const known = this.#trees.get(lane);
    if (known) return known;
    const content = this.contentOf(from);
    const made = { now: content, newest: { commit: from, number: 0, content }, atWork: new Set<string>() };
    this.#trees.set(lane, made);
    return made;
  }

  #bring(tree: Tree, { from, place }: { readonly from: string; readonly place: WorkPlace }): void {
    const wanted = this.contentOf(from);
    const isDirty = !isSame(tree.now, tree.newest.content);
    must(!isDirty || tree.atWork.size > 0, "what lies in a tree was done by somebody");
    if (isDirty) this.#save(tree, place);
    tree.atWork.clear();
    if (isSame(tree.now, wanted)) return;
    this.#forgetLandings(place, from);
    tree.now = wanted;
    this.#save(tree, place);
  }

  /** What landed after this checkpoint is not there any more, and has to land again when that is asked for. */
  #forgetLandings({ lane }: WorkPlace, from: string): void {
    // numbers of another tree say nothing of this one
    const isOwn = from.startsWith(`${lane}:`);
    const number = isOwn ? (this.#commits.get(from)?.number ?? 0) : -1;
    for (const [key, landed] of this.#landed)
      if (landed.commit.startsWith(`${lane}:`) && landed.number > number) this.#landed.delete(key);
  }

  #mark(tree: Tree, effect: WorkEffect): void {
    const mark = markOf(effect);
    tree.now = new Map([...tree.now, [mark, (tree.now.get(mark) ?? 0) + 1]]);
  }

  #save(tree: Tree, { lane }: WorkPlace): Commit {
    const number = tree.newest.number + 1;
    const commit = { commit: `${lane}:${number}`, number, content: tree.now };
    this.#commits.set(commit.commit, commit);
    tree.newest = commit;
    return commit;
  }

  #land(effect: Extract<WorkEffect, { type: "gate" }>, outcome: Outcome): Outcome {
    const policy = effect.policy.workspace;
    if (!policy?.onto || policy.lands === undefined || effect.check.kind !== "landing") return outcome;
    const target = this.#treeOf(policy.onto.place, policy.onto.tip);
    const key = `${policy.place.lane} ${policy.lands}`;
    const landed = this.#landed.get(key);
    if (landed) return { ok: true, evidence: { landed: landed.commit }, checkpoint: landed };
    const writer = this.#given.get(policy.lands) ?? this.contentOf(policy.lands);
    if (!outcome.ok && !this.#alwaysLands)
      return this.#refuse(effect.check.strategy, { place: policy.place, from: policy.from, target, writer });
    target.now = new Map([...target.now, ...writer]);
    const { commit, number } = this.#save(target, policy.onto.place);
    this.#landed.set(key, { commit, number });
    return { ok: true, evidence: { landed: commit }, checkpoint: { commit, number } };
  }

  #refuse(strategy: string, { place, from, target, writer }: Refused): Outcome {
    const tree = this.#treeOf(place, from);
    tree.now = new Map([...(strategy === "serialize" ? [] : writer), ...target.newest.content]);
    const { commit, number } = this.#save(tree, place);
    this.#given.set(commit, writer);
    const evidence = { conflicts: ["file"], summary: "file is in conflict" };
    return { ok: false, evidence, checkpoint: { commit, number } };
  }
}

interface Refused {
  readonly place: WorkPlace;
  readonly from: string;
  readonly target: Tree;
  /** What could not land. */
  readonly writer: Content;
}

/** A piece of work in one life of its run. */
function markOf({ id }: WorkEffect): string {
  return id;
}

function isSame(a: Content, b: Content): boolean {
  return a.size === b.size && [...a].every(([mark, times]) => b.get(mark) === times);
}
