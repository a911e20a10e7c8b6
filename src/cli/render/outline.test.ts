import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeView } from "../../../test/cli/views.ts";
import type { NodeView } from "../../core/view.ts";
import { foldParts, outlineOf } from "./outline.ts";
import { isHolder } from "./parts.ts";

const at = (depth: number, address: string, rest: Partial<NodeView> = {}) =>
  nodeView(address, { depth, ...rest });
const part = (depth: number, address: string, rest: Partial<NodeView> = {}) =>
  at(depth, address, { kind: "group", name: /([[#].*)$/.exec(address)?.[0] ?? address, ...rest });

const told = (nodes: readonly NodeView[]) =>
  nodes.map(({ depth, address, name }) => `${depth} ${address} ${name}`);
const lines = (nodes: readonly NodeView[], within?: string) =>
  outlineOf(nodes, within).map(
    ({ node, rest, depth }) => `${"  ".repeat(depth)}${node ? node.address : rest}`,
  );

/** An each of so many items of one step, which are in these states. */
function wideEach(statuses: readonly NodeView["status"][], toBegin = 0): readonly NodeView[] {
  const failed = statuses.filter((status) => status === "failed").length;
  const items = {
    total: statuses.length + toBegin,
    begun: statuses.length,
    working: 0,
    good: 0,
    failed,
    atOnce: 8,
  };
  return [
    at(0, "review", { kind: "each", items, status: "open" }),
    ...statuses.flatMap((status, index) => [
      part(1, `review[${index}]`, { status, item: index, title: `${index}` }),
      at(2, `review[${index}]/look`, { status, startedAt: 0 }),
    ]),
  ];
}

describe("the tree of a run as it is shown", () => {
  it("is the run's nodes where none has parts", () => {
    const nodes = [at(0, "a"), at(0, "g", { kind: "group" }), at(1, "g/b")];
    expect(foldParts(nodes)).toBe(nodes);
  });

  it("has the undo of an item below it, and a list as undone when all that was done in it is", () => {
    const list = (last: NodeView["undo"]): readonly NodeView[] => [
      at(0, "c", { kind: "each", status: "verified" }),
      part(1, "c[0]", { status: "verified", item: 1, title: "1" }),
      at(2, "c[0]/x", { status: "verified", undo: "undone" }),
      at(3, "c[0]/x~undo", { status: "verified", undoes: "c[0]/x" }),
      part(1, "c[1]", { status: "verified", item: 2, title: "2" }),
      at(2, "c[1]/x", { status: "verified", ...(last ? { undo: last } : {}) }),
      at(0, "g", { kind: "group", status: "claimed" }),
      at(1, "g/y", { status: "claimed", undo: "undone" }),
      at(1, "g/z", { status: "skipped" }),
    ];
    expect(lines(list("undone")).slice(0, 4)).toEqual(["c", "  c[0]/x", "    c[0]/x~undo", "  c[1]/x"]);
    const shown = (last: NodeView["undo"]) => outlineOf(list(last)).map(({ node }) => node?.undo);
    expect(shown("undone")).toEqual(["undone", "undone", undefined, "undone", "undone", "undone", undefined]);
    expect(shown("undo-failed")[0]).toBeUndefined();
    expect(shown(undefined)[0]).toBeUndefined();
  });

  it("has the steps of a way in their branch, and items and rounds of one step as that step", () => {
    const nodes = [
      at(0, "route", { kind: "branch" }),
      at(1, "route/then", { kind: "group" }),
      at(2, "route/then/a"),
      at(2, "route/then/g", { kind: "group" }),
      at(3, "route/then/g/b"),
      at(0, "polish", { kind: "loop" }),
      part(1, "polish#1"),
      at(2, "polish#1/work"),
      part(1, "polish#2"),
      at(0, "review", { kind: "each" }),
      part(1, "review[x]", { item: "x", title: '"x"' }),
      at(2, "review[x]/look"),
      part(1, "review[y]"),
      at(2, "review[y]/look"),
      at(2, "review[y]/mend"),
    ];
    expect(told(foldParts(nodes))).toEqual([
      "0 route route",
      "1 route/then/a a",
      "1 route/then/g g",
      "2 route/then/g/b b",
      "0 polish polish",
      "1 polish#1/work #1 work",
      "1 polish#2 #2",
      "0 review review",
      "1 review[x]/look [x] look",
      "1 review[y] [y]",
      "2 review[y]/look look",
      "2 review[y]/mend mend",
    ]);
    expect(foldParts(nodes).find(({ address }) => address === "review[x]/look")).toMatchObject({
      item: "x",
      title: '"x"',
    });
  });

  it("shows failed items first, and all of them while they are few", () => {
    expect(lines(wideEach(["verified", "failed", "running"], 2))).toEqual([
      "review",
      "  review[1]/look",
      "  review[0]/look",
      "  review[2]/look",
      "  … and 2 more: 2 not begun",
    ]);
  });

  it("shows of very many items the first that failed and those at work, and counts the others", () => {
    const statuses = Array.from({ length: 5000 }, (_, index): NodeView["status"] => {
      if (index % 100 === 7) return "failed";
      return index < 4990 ? "verified" : "running";
    });
    const shown = lines(wideEach(statuses, 5000));
    expect(shown.length).toBe(15);
    expect(shown[1]).toBe("  review[7]/look");
    expect(shown[6]).toBe("  review[4990]/look");
    expect(shown.at(-1)).toBe("  … and 9,987 more: 4,940 verified, 45 failed, 2 running, 5,000 not begun");
  });

  it("shows of very many rounds the last ones, those that failed, and how many only the log has", () => {
    const rounds = { round: 1500, max: 2000, stale: 0, forgotten: 500, judged: [] };
    const nodes = [
      at(0, "polish", { kind: "loop", rounds }),
      ...Array.from({ length: 1000 }, (_, index) =>
        part(1, `polish#${index + 501}`, { status: index === 3 ? "failed" : "verified" }),
      ),
    ];
    expect(lines(nodes)).toEqual([
      "polish",
      "  … and 1,494 more: 994 verified, 500 only in the log",
      "  polish#504",
      ...[1496, 1497, 1498, 1499, 1500].map((round) => `  polish#${round}`),
    ]);
  });

  it("is that of one node, also of one that is folded away", () => {
    const nodes = [
      at(0, "route", { kind: "branch" }),
      at(1, "route/then", { kind: "group" }),
      at(2, "route/then/a"),
    ];
    expect(lines(nodes, "route")).toEqual(["route/then/a"]);
    expect(lines(nodes, "route/then")).toEqual(["route/then/a"]);
    expect(lines(nodes, "route/then/a")).toEqual([]);
    expect(lines(nodes, "gone")).toEqual([]);
    expect(lines(wideEach(["verified", "failed"]), "review")).toEqual(["review[1]/look", "review[0]/look"]);
  });

  it("loses no step, keeps their order, and has no gap in its levels", () => {
    const kinds = constantFrom<NodeView["kind"]>("step", "group", "branch", "loop", "each");
    assert(
      property(
        array(record({ down: integer({ min: -3, max: 1 }), kind: kinds }), { maxLength: 40 }),
        (parts) => {
          const nodes: NodeView[] = [];
          for (const [index, { down, kind }] of parts.entries()) {
            const before = nodes.at(-1);
            const deepest = before === undefined ? 0 : before.depth + (isHolder(before) ? 1 : 0);
            const depth = Math.max(0, Math.min(deepest, (before?.depth ?? 0) + down));
            nodes.push(at(depth, `n${index}`, { kind: partKind(nodes, depth) ?? kind }));
          }
          const folded = foldParts(nodes);
          const steps = (all: readonly NodeView[]) =>
            all.filter((node) => !isHolder(node)).map(({ address }) => address);
          expect(steps(folded)).toEqual(steps(nodes));
          for (const [index, { depth }] of folded.entries())
            expect(depth).toBeLessThanOrEqual((folded[index - 1]?.depth ?? -1) + 1);
        },
      ),
    );
  });
});

/** What lies right in a branch, a loop or an each is a part, which is a group. */
function partKind(before: readonly NodeView[], depth: number): "group" | undefined {
  const around = before.findLast((node) => node.depth === depth - 1);
  return around && around.kind !== "group" ? "group" : undefined;
}
