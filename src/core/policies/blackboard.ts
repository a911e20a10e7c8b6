import { type Json, type JsonObject, sameJson } from "../../expression/json.ts";
import type { VoteRule } from "../../language/voting.ts";
import type { BoardResolve } from "../../language/boards.ts";
import { count } from "./vote.ts";

/** Something an agent wrote on a blackboard. */
export interface BoardEntry {
  readonly by: string;
  readonly topic: string;
  /** What under the topic it is about; entries without one stand beside each other and never conflict. */
  readonly key?: string;
  readonly value: Json;
  readonly note?: string;
}

/**
 * A blackboard as expressions see it: `entries` in the order in which they came; `facts`, by topic and key, the value that
 * holds; `conflicts`, where agents wrote different values under the same topic and key, with what the rule made of it
 * (`value` null and `resolved` false: none holds, and there is no such fact).
 */
export function boardView(entries: readonly BoardEntry[], resolve: BoardResolve): JsonObject {
  // Only what an expression names is worked out: there may be very many entries.
  let known: Held | undefined;
  const held = (): Held => (known ??= heldOf(entries, resolve));
  return {
    get entries() {
      return entries.map(plain);
    },
    get facts() {
      return held().facts;
    },
    get conflicts() {
      return held().conflicts;
    },
  };
}

interface Held {
  readonly facts: JsonObject;
  readonly conflicts: readonly JsonObject[];
}

function heldOf(entries: readonly BoardEntry[], resolve: BoardResolve): Held {
  const facts: Record<string, Record<string, Json>> = {};
  const conflicts: JsonObject[] = [];
  const counted = countedBy(resolve);
  for (const { topic, key, written } of keyed(entries)) {
    const values = lastOfEach(written);
    const conflict = values.some(({ value }) => !sameJson(value, values[0]?.value ?? null));
    const winner = conflict ? winnerOf(values, { counted, latest: written.at(-1) }) : values.at(-1);
    if (winner) (facts[topic] ??= {})[key] = winner.value;
    if (conflict) {
      conflicts.push({
        topic,
        key,
        values: values.map(({ by, value }) => ({ by, value })),
        resolved: winner !== undefined,
        value: winner?.value ?? null,
        rule: typeof counted === "string" ? counted : counted.rule.kind,
      });
    }
  }
  return { facts, conflicts };
}

function plain({ by, topic, key, value, note }: BoardEntry): JsonObject {
  return { by, topic, ...(key === undefined ? {} : { key }), value, ...(note === undefined ? {} : { note }) };
}

interface Keyed {
  readonly topic: string;
  readonly key: string;
  readonly written: BoardEntry[];
}

function keyed(entries: readonly BoardEntry[]): Iterable<Keyed> {
  const found = new Map<string, Keyed>();
  for (const entry of entries) {
    const { topic, key } = entry;
    if (key === undefined) continue;
    const place = JSON.stringify([topic, key]);
    const known = found.get(place);
    if (known) known.written.push(entry);
    else found.set(place, { topic, key, written: [entry] });
  }
  return found.values();
}

/** What each agent said last, in the order in which they first spoke. An agent that thinks better of it is no conflict. */
function lastOfEach(written: readonly BoardEntry[]): readonly BoardEntry[] {
  return [...new Map(written.map((entry) => [entry.by, entry])).values()];
}

interface Counted {
  readonly rule: VoteRule;
  readonly quorum?: number;
}

function countedBy(resolve: BoardResolve): "latest" | "first" | "none" | Counted {
  if (resolve === "majority") return { rule: { kind: "majority" } };
  if (typeof resolve === "string") return resolve;
  return "rule" in resolve ? resolve : { rule: { kind: "priority", order: resolve.priority } };
}

/** Undefined: the rule lets none of them hold. */
function winnerOf(
  values: readonly BoardEntry[],
  {
    counted,
    latest,
  }: { readonly counted: ReturnType<typeof countedBy>; readonly latest: BoardEntry | undefined },
): BoardEntry | undefined {
  switch (counted) {
    case "latest":
      return latest;
    case "first":
      return values[0];
    case "none":
      return undefined;
    default:
      return elected(values, counted);
  }
}

/** The value that the votes of the agents are for, each for what it wrote. */
function elected(values: readonly BoardEntry[], counted: Counted): BoardEntry | undefined {
  // those who wrote the same are for the same option: the place of the first of them
  const ballots = values.map(({ by, value }) => ({
    voter: by,
    vote: values.findIndex((other) => sameJson(other.value, value)),
  }));
  const { decision } = count(ballots, counted);
  return typeof decision === "number" ? values[decision] : undefined;
}
