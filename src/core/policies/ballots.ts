import { isObject, type Json, type JsonObject } from "../../expression/json.ts";
import type { Ballot, Invalid } from "./vote.ts";

/** What voters have said, as far as it can be told. */
export interface ReadVotes {
  readonly ballots: readonly Ballot[];
  /** Voters of whom there is nothing: their steps failed, or were not done. */
  readonly absent: readonly string[];
  readonly invalid: readonly Invalid[];
}

interface Said {
  readonly voter: string;
  readonly answer: Json;
}

/**
 * Ballots out of what other steps gave: an object of answers by voter, as a group of steps gives it; the slots of a
 * `for_each`; or a list of answers that name their voter. Undefined for anything else.
 */
export function readVotes(votes: Json, field: string): ReadVotes | undefined {
  const said = saidIn(votes);
  if (!said) return undefined;
  const read = said.map(({ voter, answer }) => readBallot({ voter, answer }, field));
  const voters = <T extends { readonly voter: string }>(of: readonly T[]): readonly T[] =>
    of.toSorted((a, b) => (a.voter < b.voter ? -1 : 1));
  return {
    ballots: read.flatMap((one) => ("vote" in one || "abstain" in one ? [one] : [])),
    absent: voters(read.flatMap((one) => ("absent" in one ? [one] : []))).map(({ voter }) => voter),
    invalid: voters(read.flatMap((one) => ("why" in one ? [one] : []))),
  };
}

function saidIn(votes: Json): readonly Said[] | undefined {
  if (Array.isArray(votes)) return votes.map((one: Json, at) => ({ voter: voterOf(one, at), answer: one }));
  if (!isObject(votes)) return undefined;
  return Object.entries(votes).map(([voter, answer]) => ({ voter, answer: answer ?? null }));
}

/** One that does not say who it is goes by its place. */
function voterOf(one: Json, at: number): string {
  const { voter, key } = isObject(one) ? one : {};
  return typeof voter === "string" ? voter : isSlot(one) && typeof key === "string" ? key : `#${at + 1}`;
}

/** What a list of steps says of one item. */
function isSlot(value: Json): value is JsonObject {
  return isObject(value) && typeof value["ok"] === "boolean" && value["output"] !== undefined;
}

type Read = Ballot | Invalid | { readonly voter: string; readonly absent: true };

/** The ballot in one answer: an option or a ranking itself, or an object that holds it at the field. */
export function readBallot({ voter, answer }: Said, field: string): Read {
  const said = isSlot(answer) ? outputOf(answer) : answer;
  if (said === null) return { voter, absent: true };
  if (!isObject(said)) return { voter, vote: said };
  const path = field.split(".");
  const holder = holderOf(said, path) ?? holderOf(onlyMember(said), path);
  if (!holder) return { voter, why: `its answer has no "${field}"` };
  const vote = holder[path.at(-1) ?? field] ?? null;
  const isSilent = vote === null || holder["abstain"] === true;
  return { voter, ...(isSilent ? { abstain: true } : { vote }), ...reasonIn(holder) };
}

function outputOf({ ok, output }: JsonObject): Json {
  return ok === true ? (output ?? null) : null;
}

function reasonIn({ reason }: JsonObject): Pick<Ballot, "reason"> {
  return typeof reason === "string" && reason !== "" ? { reason: cut(reason) } : {};
}

/** The object that has the last key of the path, or says that its voter abstains. */
function holderOf(from: Json | undefined, path: readonly string[]): JsonObject | undefined {
  let at = from;
  for (const key of path.slice(0, -1)) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  if (!isObject(at)) return undefined;
  return Object.hasOwn(at, path.at(-1) ?? "") || at["abstain"] === true ? at : undefined;
}

/** A list of single steps gives for each item what that step gave, under its name. */
function onlyMember(value: JsonObject): Json | undefined {
  const members = Object.values(value);
  return members.length === 1 ? members[0] : undefined;
}

/** The whole reason is in what the voter gave. */
const longestReason = 1000;

function cut(reason: string): string {
  return reason.length <= longestReason ? reason : `${reason.slice(0, longestReason)}…`;
}
