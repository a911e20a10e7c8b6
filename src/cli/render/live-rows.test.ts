import { array, assert, constantFrom, integer, option, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { manyNodes, nodeView } from "../../../test/cli/views.ts";
import type { NodeView } from "../../core/view.ts";
import { chooseRows } from "./live-rows.ts";

const addresses = (nodes: readonly NodeView[]) => nodes.map((node) => node.address);

describe("the choice of rows", () => {
  it("is everything when it fits", () => {
    const nodes = manyNodes(10);
    expect(chooseRows(nodes, { height: 10 })).toEqual({ rows: nodes, above: 0, below: 0, others: [] });
  });

  it("shows what runs and what failed below its groups, in plan order", () => {
    const { rows, others } = chooseRows(manyNodes(10_000), { height: 41 });
    expect(rows.length).toBe(40);
    expect(others.length).toBe(9960);
    const running = rows.filter((node) => node.status === "running");
    expect(running.length).toBe(9);
    expect(rows.filter((node) => node.status === "failed").length).toBeGreaterThanOrEqual(8);
    expect(addresses(rows)).toContain("g1000");
    const index = rows.findIndex(({ address }) => address === "g1000/s1008");
    expect(rows[index - 1]?.address).toBe("g1000");
  });

  it("keeps a quarter for failures, however much runs, and shows the last ones", () => {
    const nodes = [
      ...Array.from({ length: 50 }, (_, i) => nodeView(`r${i}`, { status: "running", startedAt: 0 })),
      ...Array.from({ length: 50 }, (_, i) => nodeView(`f${i}`, { status: "failed", endedAt: i })),
    ];
    const { rows } = chooseRows(nodes, { height: 9 });
    expect(addresses(rows)).toEqual(["r0", "r1", "r2", "r3", "r4", "r5", "f48", "f49"]);
  });

  it("fills up with what comes next and what ended last", () => {
    const nodes = [
      ...Array.from({ length: 20 }, (_, i) => nodeView(`e${i}`, { status: "verified", endedAt: i })),
      nodeView("r", { status: "retrying", startedAt: 0 }),
      ...Array.from({ length: 20 }, (_, i) => nodeView(`p${i}`)),
    ];
    const { rows } = chooseRows(nodes, { height: 9 });
    expect(addresses(rows)).toEqual(["e15", "e16", "e17", "e18", "e19", "r", "p0", "p1"]);
  });

  it("is a window around what is selected, wherever that is", () => {
    const nodes = manyNodes(100);
    const at = (selected: string) => chooseRows(nodes, { height: 12, selected });
    expect(at("g0")).toMatchObject({ above: 0, below: 90 });
    expect(at("g50/s55")).toMatchObject({ above: 50, below: 40 });
    expect(at("g90/s99")).toMatchObject({ above: 90, below: 0 });
    expect(at("gone").others.length).toBe(89);
  });

  it("never has more lines than asked for, and loses no node", () => {
    const node = record({
      depth: integer({ min: 0, max: 6 }),
      status: constantFrom("running", "failed", "verified", "pending", "open" as const),
      endedAt: integer(),
    });
    assert(
      property(
        array(node, { maxLength: 60 }),
        integer({ min: 3, max: 30 }),
        option(integer({ min: 0, max: 60 })),
        (parts, height, chosen) => {
          const nodes = parts.map((part, index) => nodeView(`n${index}`, part));
          const selected = chosen === null ? undefined : `n${chosen}`;
          const { rows, above, below, others } = chooseRows(nodes, { height, selected });
          expect(rows.length + above + below + others.length).toBe(nodes.length);
          const told = above + below > 0 ? 2 : others.length > 0 ? 1 : 0;
          expect(rows.length + told).toBeLessThanOrEqual(height);
          const order = rows.map((row) => nodes.indexOf(row));
          expect(order).toEqual([...order].sort((a, b) => a - b));
          const isThere = chosen !== null && chosen < nodes.length;
          expect(!isThere || addresses(rows).includes(selected ?? "")).toBe(true);
        },
      ),
    );
  });
});
