import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VoteRule } from "../../language/voting.ts";
import type { BoardResolve } from "../../language/boards.ts";
import { type BoardEntry, boardView } from "./blackboard.ts";

const wrote = (by: string, value: number, rest: Partial<BoardEntry> = {}): BoardEntry => ({
  by,
  topic: "port",
  key: "http",
  value,
  ...rest,
});
const factOf = (entries: readonly BoardEntry[], resolve: BoardResolve): unknown =>
  (boardView(entries, resolve)["facts"] as { port?: { http?: unknown } }).port?.http;

describe("boardView", () => {
  it("gives the entries as they came", () => {
    const entries = [wrote("ann", 1, { note: "guess" }), { by: "bob", topic: "hint", value: "x" }];
    expect(boardView(entries, "latest")["entries"]).toEqual([
      { by: "ann", topic: "port", key: "http", value: 1, note: "guess" },
      { by: "bob", topic: "hint", value: "x" },
    ]);
  });

  it("takes what agents agree on for a fact, and nothing without a key", () => {
    expect(boardView([wrote("ann", 1), wrote("bob", 1)], "none")).toMatchObject({
      facts: { port: { http: 1 } },
      conflicts: [],
    });
    expect(boardView([{ by: "ann", topic: "hint", value: 1 }], "latest")).toMatchObject({
      facts: {},
      conflicts: [],
    });
  });

  it("finds no conflict where one agent thinks better of it", () => {
    const view = boardView([wrote("ann", 1), wrote("bob", 2), wrote("ann", 2)], "none");
    expect(view).toMatchObject({ facts: { port: { http: 2 } }, conflicts: [] });
  });

  it("tells apart keys and topics whose texts run together", () => {
    const entries = [
      wrote("ann", 1, { topic: "a", key: "b c" }),
      wrote("bob", 2, { topic: "a b", key: "c" }),
    ];
    expect(boardView(entries, "none")["conflicts"]).toEqual([]);
  });

  it("resolves a conflict by the rule", () => {
    const entries = [wrote("ann", 1), wrote("bob", 2), wrote("cyd", 2), wrote("ann", 3)];
    expect(factOf(entries, "latest")).toBe(3);
    expect(factOf(entries, "first")).toBe(3); // of who spoke first what she says now
    expect(factOf(entries, "majority")).toBe(2);
    expect(factOf(entries, "none")).toBeUndefined();
    expect(factOf(entries, { priority: ["dan", "cyd", "ann"] })).toBe(2);
    expect(factOf(entries, { priority: ["dan"] })).toBeUndefined();
  });

  it("says what the conflict was and what became of it", () => {
    const entries = [wrote("ann", 1), wrote("bob", 2)];
    expect(boardView(entries, "majority")["conflicts"]).toEqual([
      {
        topic: "port",
        key: "http",
        values: [
          { by: "ann", value: 1 },
          { by: "bob", value: 2 },
        ],
        resolved: false,
        value: null,
        rule: "majority",
      },
    ]);
    expect(boardView(entries, { priority: ["bob"] })["conflicts"]).toMatchObject([
      { resolved: true, value: 2, rule: "priority" },
    ]);
  });

  it("counts by any rule of votes what each agent wrote last", () => {
    const entries = [wrote("ann", 1), wrote("bob", 2), wrote("cyd", 2), wrote("ann", 3)];
    const by = (rule: VoteRule, quorum?: number) =>
      factOf(entries, quorum === undefined ? { rule } : { rule, quorum });
    expect(by({ kind: "majority" })).toBe(2);
    expect(by({ kind: "majority" }, 4)).toBeUndefined();
    expect(by({ kind: "weighted", weights: { ann: 5 } })).toBe(3);
    expect(by({ kind: "quorum", votes: 2 })).toBe(2);
    expect(by({ kind: "quorum", votes: 3 })).toBeUndefined();
    expect(by({ kind: "unanimous" })).toBeUndefined();
    expect(by({ kind: "veto", by: ["cyd"] })).toBe(2);
    expect(by({ kind: "veto", by: ["ann"] })).toBeUndefined();
    expect(by({ kind: "priority", order: ["dan", "ann"] })).toBe(3);
  });

  it("counts values that are no options, equal however they are written down", () => {
    const value = { a: 1, b: [true, null] };
    const same = { b: [true, null], a: 1 };
    const entries = [
      { ...wrote("ann", 0), value },
      { ...wrote("bob", 0), value: null },
      { ...wrote("cyd", 0), value: same },
    ];
    expect(boardView(entries, { rule: { kind: "majority" } })["conflicts"]).toMatchObject([
      { resolved: true, value, rule: "majority" },
    ]);
  });

  it("names the rule that was declared", () => {
    const entries = [wrote("ann", 1), wrote("bob", 2)];
    for (const rule of rules)
      expect(boardView(entries, { rule })["conflicts"]).toMatchObject([{ rule: rule.kind }]);
  });

  it("lets the same hold in whatever order entries came", () => {
    const entry = fc.record({ by: fc.constantFrom(...writers), value: fc.integer({ min: 1, max: 3 }) });
    const once = fc.uniqueArray(entry, { selector: ({ by }) => by });
    const written = once.chain((entries) =>
      fc.tuple(
        fc.constant(entries),
        fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
      ),
    );
    const ways: readonly BoardResolve[] = [
      "majority",
      "none",
      { priority: ["c", "a"] },
      ...rules.flatMap((rule) => [{ rule }, { rule, quorum: 3 }]),
    ];
    fc.assert(
      fc.property(written, fc.constantFrom(...ways), ([entries, shuffled], resolve) => {
        const fact = (some: typeof entries) =>
          factOf(
            some.map(({ by, value }) => wrote(by, value)),
            resolve,
          );
        expect(fact(shuffled)).toEqual(fact(entries));
      }),
      { numRuns: 500 },
    );
  });
});

const writers = ["a", "b", "c", "d", "e"] as const;
const rules: readonly VoteRule[] = [
  { kind: "majority" },
  { kind: "weighted", weights: { a: 3, b: 0.5, c: 0 } },
  { kind: "quorum", votes: 2 },
  { kind: "unanimous" },
  { kind: "veto", by: ["a"] },
  { kind: "priority", order: ["c", "a"] },
];
