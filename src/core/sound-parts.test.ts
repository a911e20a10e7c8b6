import { describe, expect, it } from "vitest";
import type { Action, Way } from "../language/workflow.ts";
import { beginning as at, CoreRun } from "../testing/core-run.ts";
import { chainOf, stepOf, workflowWith } from "../testing/holders.ts";
import type { Event } from "./events.ts";
import { findUnsound } from "./sound.ts";

function rulesOf(run: CoreRun, ...more: readonly Event[]): readonly string[] {
  return findUnsound([...run.events, ...more]).map(({ rule }) => rule);
}

function runOf(action: Action): CoreRun {
  return new CoreRun(workflowWith([stepOf("x", action)]));
}

/** The run as it was right after its first event of this type. */
function runUntil(action: Action, type: Event["type"]): CoreRun {
  const run = runOf(action);
  run.events.length = 1 + run.events.findIndex((event) => event.type === type);
  return run;
}

const chain = chainOf([stepOf("work")]);
const way = (name: string, when?: string): Way => ({ name, chain, ...(when === undefined ? {} : { when }) });
const decision: Action = { kind: "branch", ways: [way("then", "true"), way("else")] };
const list: Action = { kind: "each", items: "${ [1, 2, 3] }", as: "item", concurrency: 2, chain };
const rounds: Action = { kind: "loop", max: 3, otherwise: "fail", chain };

const part = (name: string, place = 0, body = 0): Event => ({
  type: "part.opened",
  address: "x",
  part: name,
  body,
  place,
  at,
});

describe("a log that breaks a rule of nodes with parts", () => {
  it("decides a way twice", () => {
    const again: Event = { type: "branch.decided", address: "x", way: "else", saw: [], at };
    expect(rulesOf(runOf(decision), again)).toEqual(["a way is decided once"]);
  });

  it("decides for the next way before one has failed, for one that has, or does not say which", () => {
    const failure = { code: "COMMAND_FAILED", message: "it broke" } as const;
    const next = (way: string, after?: string): Event => {
      const behind = after === undefined ? {} : { after: { way: after, failure } };
      return { type: "branch.decided", address: "x", way, saw: [], at, ...behind };
    };
    const run = runOf({ ...decision, onFailure: "next" });
    const rule = ["a way is decided once"];
    expect(rulesOf(run, next("else", "then"))).toEqual(rule);
    run.fail("x/then/work");
    run.events.length = run.events.findLastIndex(({ type }) => type === "branch.decided");
    expect(rulesOf(run, next("else", "then"))).toEqual([]);
    expect(rulesOf(run, next("then", "then"))).toEqual(rule);
    expect(rulesOf(run, next("else", "else"))).toEqual(rule);
    expect(rulesOf(run, next("else"))).toEqual(rule);
  });

  it("has more on a way than may be", () => {
    const ways: readonly Way[] = [{ ...way("only", "true"), atOnce: 1 }];
    const step = stepOf("y", { kind: "branch", balance: true, ways });
    const run = runOf({ ...list, chain: chainOf([step]) });
    const more = (way: string | null): Event => ({
      type: "branch.decided",
      address: "x[1]/y",
      way,
      saw: [],
      at,
    });
    expect(rulesOf(run, more(null))).toEqual([]);
    expect(rulesOf(run, more("only"))).toEqual(["a way has no more on it than may be"]);
  });

  it("decides for a way that is not declared, or was no candidate", () => {
    const before = runUntil(decision, "block.opened");
    const rule = ["a way is one of those declared"];
    const candidate = (way: string) => ({ way, good: 0, bad: 0, meanCostUsd: null, draw: 0.5 });
    const chosen = (way: string | null, ...among: readonly string[]): Event => {
      const choice = { because: "draw", candidates: among.map(candidate) } as const;
      return { type: "branch.decided", address: "x", way, saw: [], choice, at };
    };
    expect(rulesOf(before, { type: "branch.decided", address: "x", way: "stray", saw: [], at })).toEqual(
      rule,
    );
    expect(rulesOf(before, chosen("else", "then", "else"))).toEqual([]);
    expect(rulesOf(before, chosen("else", "then"))).toEqual(rule);
    expect(rulesOf(before, chosen("then", "then", "stray"))).toEqual(rule);
    expect(findUnsound([...before.events, chosen(null, "then")])).toMatchObject([
      { message: '"x" decided for no way among then' },
    ]);
  });

  it("opens a way that was not decided, or another one, or what is no way", () => {
    const rule = ["a part opens after its decision"];
    const decided = runUntil(decision, "branch.decided");
    expect(rulesOf(decided, part("/then"))).toEqual([]);
    expect(rulesOf(decided, part("/else", 0, 1))).toEqual(rule);
    expect(rulesOf(decided, part("/then", 0, 1))).toEqual(rule);
    const before = runUntil(decision, "block.opened");
    expect(findUnsound([...before.events, part("/then")])).toMatchObject([
      { message: '"x/then" opened, decided was nothing' },
    ]);
    const none: Event = { type: "branch.decided", address: "x", way: null, saw: [], at };
    expect(findUnsound([...before.events, none, part("/then")])).toMatchObject([
      { message: '"x/then" opened, decided was no way' },
    ]);
    expect(rulesOf(runOf({ kind: "chain", chain }), part("/then"))).toEqual(rule);
  });

  it("lists items twice", () => {
    const again: Event = { type: "items.listed", address: "x", items: [], at };
    expect(rulesOf(runOf(list), again)).toEqual(["items are listed once"]);
  });

  it("opens an item that is not in the list, out of turn, or too many at once", () => {
    const rule = ["items are in the list, and no more open than may"];
    const listed = runUntil(list, "items.listed");
    expect(rulesOf(listed, part("[0]"))).toEqual([]);
    expect(rulesOf(listed, part("[1]", 1))).toEqual(rule);
    expect(rulesOf(listed, part("[x]"))).toEqual(rule);
    expect(rulesOf(listed, part("[9]", 9))).toEqual(rule);
    expect(rulesOf(listed, part("[0]"), part("[1]", 1), part("[2]", 2))).toEqual(rule);
    const { concurrency: _, ...wide } = list;
    expect(rulesOf(runUntil(wide, "items.listed"), part("[0]"), part("[1]", 1), part("[2]", 2))).toEqual([]);
  });

  it("makes rounds out of turn, beside each other, or after the loop was done", () => {
    const rule = ["rounds come one after another"];
    const started = runUntil(rounds, "block.opened");
    expect(rulesOf(started, part("#1"))).toEqual([]);
    expect(rulesOf(started, part("#2", 1))).toEqual(rule);
    expect(rulesOf(started, part("#2"))).toEqual(rule);
    expect(rulesOf(runOf(rounds), part("#2", 1))).toEqual(rule);
    const judged = (done: boolean): Event => ({ type: "round.judged", address: "x", round: 1, done, at });
    const ended: Event = { type: "node.ended", address: "x#1", end: "verified", at };
    expect(rulesOf(started, part("#1"), ended, judged(false), part("#2", 1))).toEqual([]);
    expect(rulesOf(started, part("#1"), ended, judged(true), part("#2", 1))).toEqual(rule);
    expect(rulesOf(started, part("#1"), ended, judged(false), judged(false))).toEqual(rule);
    expect(rulesOf(started, part("#1"), judged(false))).toEqual(rule);
    expect(rulesOf(started, judged(false))).toEqual(rule);
  });

  it("joins twice, or with too few, or where all are needed", () => {
    const rule = ["a block joins once, when enough ended well"];
    const joined: Event = { type: "join.reached", address: "x", at };
    const race = chainOf([stepOf("a"), stepOf("b")]);
    const run = runOf({ kind: "chain", chain: race, join: "any" });
    expect(rulesOf(run, joined)).toEqual(rule);
    expect(rulesOf(runOf({ kind: "chain", chain: race }), joined)).toEqual(rule);
    const ended: Event = { type: "node.ended", address: "x/a", end: "verified", at };
    expect(rulesOf(run, ended, joined)).toEqual([]);
    expect(rulesOf(run, ended, joined, joined)).toEqual(rule);
  });
});
