import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GraphNode, topologicalOrder } from "./graph.ts";

function graph(edges: Readonly<Record<string, readonly string[]>>): GraphNode[] {
  return Object.entries(edges).map(([name, deps]) => ({ name, deps }));
}

const anyGraph = fc.integer({ min: 1, max: 12 }).chain((size) => {
  const name = fc.integer({ min: 0, max: size - 1 }).map((index) => `n${index}`);
  return fc
    .array(fc.array(name, { maxLength: 3 }), { minLength: size, maxLength: size })
    .map((all) => all.map((deps, index) => ({ name: `n${index}`, deps })));
});

describe("topologicalOrder", () => {
  it("puts every node after its deps and keeps the given order otherwise", () => {
    const nodes = graph({ d: ["b", "c"], c: ["a"], b: ["a"], a: [], z: [] });
    expect(topologicalOrder(nodes).order).toEqual(["a", "c", "b", "d", "z"]);
  });

  it("ignores deps outside the graph and repeated ones", () => {
    expect(topologicalOrder(graph({ a: ["x"], b: ["a", "a"] }))).toEqual({ order: ["a", "b"], cycles: [] });
  });

  it("shows a cycle with its first name again at the end", () => {
    const { order, cycles } = topologicalOrder(
      graph({ free: [], a: ["b"], b: ["c"], c: ["a"], behind: ["a"] }),
    );
    expect(order).toEqual(["free"]);
    expect(cycles).toEqual([["a", "b", "c", "a"]]);
  });

  it("shows every cycle: of one node, apart from each other, and that share a node", () => {
    const { cycles } = topologicalOrder(
      graph({ self: ["self"], a: ["b"], b: ["a", "c"], c: ["b"], x: ["y"], y: ["x"] }),
    );
    expect(cycles).toEqual([
      ["self", "self"],
      ["a", "b", "a"],
      ["b", "c", "b"],
      ["x", "y", "x"],
    ]);
  });

  it("holds for every graph: the order is valid, the cycles are real and cover all that is left over", () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const { order, cycles } = topologicalOrder(nodes);
        const byName = new Map(nodes.map((node) => [node.name, node]));
        order.forEach((name, at) => {
          for (const dep of byName.get(name)?.deps ?? []) expect(order.slice(0, at)).toContain(dep);
        });
        for (const cycle of cycles) {
          expect(cycle[0]).toBe(cycle.at(-1));
          expect(new Set(cycle).size).toBe(cycle.length - 1);
          for (let at = 0; at + 1 < cycle.length; at++) {
            expect(byName.get(cycle[at] ?? "")?.deps).toContain(cycle[at + 1]);
          }
        }
        expect(cycles.length > 0).toBe(order.length < nodes.length);
      }),
    );
  });

  it("shows at most fifty cycles of a graph that is nothing but cycles", () => {
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    expect(topologicalOrder(names.map((name) => ({ name, deps: names }))).cycles).toHaveLength(50);
  });

  it("orders 10,000 nodes, a long chain and a deep cycle alike", () => {
    const size = 10_000;
    const chain = Array.from({ length: size }, (_, at) => ({
      name: `n${at}`,
      deps: at > 0 ? [`n${at - 1}`] : [],
    }));
    expect(topologicalOrder(chain).order).toHaveLength(size);
    const ring = chain.map((node, at) => (at === 0 ? { name: "n0", deps: [`n${size - 1}`] } : node));
    expect(topologicalOrder(ring).cycles[0]).toHaveLength(size + 1);
  });
});
