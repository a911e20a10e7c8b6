import { isObject, type Json, type JsonObject } from "../expression/json.ts";
import type { BoardRules, BoardUse } from "../language/boards.ts";
import type { BoardPost, Event } from "./events.ts";
import type { BoardState, NodeState, PostedEntry } from "./node.ts";
import { type BoardEntry, boardView } from "./policies/blackboard.ts";
import type { RunState } from "./state.ts";

/** The nearest group around a node that has a blackboard; undefined: there is none. */
export function boardHolder(node: NodeState): NodeState | undefined {
  for (let at = node.parent; at; at = at.parent) if (rulesOf(at)) return at;
  return undefined;
}

function rulesOf({ plan }: NodeState): BoardRules | undefined {
  const { action } = plan.step;
  return action.kind === "chain" ? action.board : undefined;
}

/** The board of a group, made when something first comes onto it or waits for it. */
export function boardOf(holder: NodeState): BoardState {
  return (holder.board ??= newBoard());
}

function newBoard(): BoardState {
  return { entries: [], refused: [], posted: new Set(), seen: new Map(), watchers: new Set() };
}

/** What the blackboard around a node says to it; null where there is none. */
export function boardSeenBy(node: NodeState): Json {
  const holder = boardHolder(node);
  const rules = holder && rulesOf(holder);
  if (!holder || !rules) return null;
  const { entries, seen } = holder.board ?? newBoard();
  const { as, sees, barrier } = node.plan.step.board ?? {};
  const round = barrier === true ? roundAround(node, holder) : undefined;
  const isVisible = ({ by, address }: PostedEntry): boolean =>
    (sees === undefined || by === as || sees.includes(by)) &&
    (round === undefined || !address.startsWith(`${round}/`));
  const since = as === undefined ? 0 : (seen.get(as) ?? 0);
  const view = boardView(entries.filter(isVisible), rules.resolve);
  return Object.defineProperty(view, "news", {
    enumerable: true,
    get: () => entries.slice(since).some((entry) => entry.by !== as && isVisible(entry)),
  });
}

/** Address of the innermost round of a loop around a node, inside the group that has the board. */
function roundAround(node: NodeState, holder: NodeState): string | undefined {
  for (let at: NodeState | undefined = node; at && at !== holder; at = at.parent)
    if (at.parent?.plan.kind === "loop") return at.address;
  return undefined;
}

/** What a step that ends well puts on the board, and what of it cannot come there; undefined: nothing, or it has done so. */
export function postsOf(node: NodeState, whole: WholePost): Posts | undefined {
  const use = node.plan.step.board;
  const holder = use && boardHolder(node);
  if (!use || !holder || holder.board?.posted.has(node.address)) return undefined;
  const written = sorted(node, rulesOf(holder));
  const { entries, refused } = withWhole(written, use, whole);
  return entries.length + refused.length === 0 ? undefined : { entries, refused };
}

interface Posts {
  readonly entries: readonly BoardPost[];
  readonly refused: readonly string[];
}

/** The key under which the whole output stands, or why there is none. */
interface WholePost {
  readonly key?: string;
  readonly trouble?: string;
}

function sorted(node: NodeState, rules: BoardRules | undefined): Posts {
  const entries: BoardPost[] = [];
  const refused: string[] = [];
  for (const [place, written] of writtenPosts(node).entries()) {
    const trouble = troubleWith(written, rules);
    if (trouble === undefined) entries.push({ ...labelOf(written), post: place });
    else refused.push(`posts[${place}]: ${trouble}`);
  }
  return { entries, refused };
}

function withWhole({ entries, refused }: Posts, { posts }: BoardUse, { key, trouble }: WholePost): Posts {
  if (!posts) return { entries, refused };
  if (trouble !== undefined) return { entries, refused: [...refused, `its output: ${trouble}`] };
  return { entries: [...entries, { topic: posts.topic, ...(key === undefined ? {} : { key }) }], refused };
}

function writtenPosts({ outcome }: NodeState): readonly Json[] {
  const posts = objectOf(outcome?.output)["posts"];
  return Array.isArray(posts) ? posts : [];
}

function troubleWith(post: Json, { topics, own }: Partial<BoardRules> = {}): string | undefined {
  const { topic, value } = objectOf(post);
  if (typeof topic !== "string" || topic === "") return "it names no topic";
  if (own?.includes(topic)) return `"${topic}" is a topic of the engine's own`;
  if (topics && !Object.hasOwn(topics, topic)) return `there is no topic "${topic.slice(0, 100)}"`;
  return value === undefined ? "it has no value" : undefined;
}

function labelOf(post: Json): Pick<BoardPost, "topic" | "key"> {
  const { topic, key } = objectOf(post);
  return { topic: typeof topic === "string" ? topic : "", ...(typeof key === "string" ? { key } : {}) };
}

function objectOf(value: Json | undefined): Partial<JsonObject> {
  return isObject(value) ? value : {};
}

type Posted = Extract<Event, { type: "board.posted" }>;

/** Puts entries on the board around a node. */
export function post(node: NodeState, { by, entries, refused = [] }: Posted): void {
  const holder = boardHolder(node);
  if (!holder) return;
  const board = boardOf(holder);
  board.posted.add(node.address);
  board.refused.push(...refused.map((why) => ({ by, address: node.address, why })));
  const written = writtenPosts(node);
  for (const { topic, key, post: place } of entries)
    board.entries.push({
      by,
      topic,
      ...(key === undefined ? {} : { key }),
      ...(place === undefined ? { value: withoutPosts(node) } : saidIn(written[place])),
      address: node.address,
    });
}

function saidIn(post: Json | undefined): Pick<BoardEntry, "value" | "note"> {
  const { value = null, note } = objectOf(post);
  return { value, ...(typeof note === "string" ? { note } : {}) };
}

/** What stands on the board by itself need not stand in the whole output once more. */
function withoutPosts({ outcome }: NodeState): Json {
  const output = outcome?.output ?? null;
  if (!isObject(output)) return output;
  const { posts: _, ...rest } = output;
  return rest;
}

/** The agent of a step begins something: it knows what is on the board now. */
export function noteSeen(node: NodeState): void {
  const { board: use } = node.plan.step;
  const holder = use && boardHolder(node);
  if (!holder) return;
  const board = boardOf(holder);
  board.seen.set(use.as, board.entries.length);
}

/** A node begins to wait for something on the board around it. */
export function watch(state: RunState, node: NodeState): void {
  const holder = boardHolder(node);
  if (!holder) return;
  boardOf(holder).watchers.add(node);
  state.watched.add(holder);
}

/** It waits no longer, if it did. */
export function unwatch(state: RunState, node: NodeState): void {
  if (state.watched.size === 0) return;
  const holder = boardHolder(node);
  if (!holder?.board?.watchers.delete(node)) return;
  if (holder.board.watchers.size === 0) state.watched.delete(holder);
}

/** True when nothing more can come to the board of a group unless one of those that wait for it goes on. */
export function isQuiet(holder: NodeState): boolean {
  return !hasWork(holder, boardOf(holder).watchers);
}

/** Something in it is under way, or may begin. What was opened last is the likeliest. */
function hasWork({ children, undo }: NodeState, watchers: ReadonlySet<NodeState>): boolean {
  if (undo && undo.phase !== "ended") return true;
  return children.findLast((child) => isAtWork(child, watchers)) !== undefined;
}

function isAtWork(node: NodeState, watchers: ReadonlySet<NodeState>): boolean {
  if (node.phase === "ended" || node.phase === "pending" || watchers.has(node)) return false;
  return node.phase !== "open" || hasWork(node, watchers);
}
