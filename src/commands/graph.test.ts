import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildGraph, cyclesOf } from "./graph.ts";
import { parseCommand } from "./parse.ts";

function graphOf(files: Readonly<Record<string, string>>) {
  const found = Object.keys(files).map((name) => ({
    name,
    kind: name.startsWith("agent-") ? ("agent" as const) : ("command" as const),
    class: "core" as const,
    file: `/${name}.md`,
    origin: "project" as const,
    scope: 0,
  }));
  const docs = found.map(({ scope: _, ...identity }) =>
    parseCommand(`---\ndependencies: ${files[identity.name]}\n---\nx`, identity),
  );
  return buildGraph(docs, found);
}

describe("the dependency graph", () => {
  it("has an edge for what names a known command, however it is written", () => {
    const { edges, missing } = graphOf({
      deploy: "[quality/verify, /test:unit, 'test e2e', milestone]",
      both: "quality/verify test/unit",
      "quality:verify": "[]",
      "test:unit": "[]",
      "test:e2e": "[]",
      "milestone:execute": "[]",
    });
    expect(edges.deploy).toEqual(["quality:verify", "test:unit", "test:e2e", "milestone:execute"]);
    expect(edges.both).toEqual(["quality:verify", "test:unit"]);
    expect(missing).toEqual([]);
  });

  it("takes packages and prose for neither an edge nor missing", () => {
    const { edges, missing } = graphOf({
      a: "[lodash, '@scope/name', react-query>=4, server-setup, ./file.md, 'Needs Node 20 / npm', '../../etc/passwd']",
      b: "Run the tests before this, please",
      "quality:verify": "[]",
    });
    expect(edges).toEqual({ a: [], b: [], "quality:verify": [] });
    expect(missing).toEqual([]);
  });

  it("reports what clearly is meant to be a command and is none", () => {
    const { missing } = graphOf({
      a: "[/nope, quality/nope, quality:no, other/nope]",
      "quality:verify": "[]",
    });
    expect(missing.map((need) => need.dependency)).toEqual(["nope", "quality/nope", "quality:no"]);
  });

  it("leaves agents out", () => {
    expect(graphOf({ "agent-x": "[a]", a: "[agent-x]" })).toEqual({
      edges: { a: [] },
      missing: [],
      cycles: [],
    });
  });

  it("reports a circle whole, once, from its smallest name", () => {
    const { cycles } = graphOf({ c: "[a]", b: "[c]", a: "[b]", d: "[d]", e: "[a]" });
    expect(cycles).toEqual([
      ["a", "b", "c", "a"],
      ["d", "d"],
    ]);
  });

  it("follows a chain of any length", () => {
    const chain = Array.from({ length: 50_000 }, (_, at): [string, string[]] => [`n${at}`, [`n${at + 1}`]]);
    expect(cyclesOf(new Map(chain))).toEqual([]);
    expect(cyclesOf(new Map([...chain, ["n50000", ["n0"]]]))[0]).toHaveLength(50_002);
  });

  it("finds a circle exactly when there is one", () => {
    const edge = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 16 }), (pairs) => {
        const edges = new Map<string, string[]>();
        for (const [from, to] of pairs) edges.set(`${from}`, [...(edges.get(`${from}`) ?? []), `${to}`]);
        const cycles = cyclesOf(edges);
        for (const circle of cycles) {
          expect(circle[0]).toBe(circle.at(-1));
          circle.slice(1).forEach((name, at) => expect(edges.get(circle[at] ?? "")).toContain(name));
        }
        expect(cycles.length > 0).toBe(hasCircle(edges));
      }),
    );
  });
});

/** Takes away what waits for nothing until nothing changes. */
function hasCircle(edges: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(edges);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const [name, needs] of left) if (!needs.some((need) => left.has(need))) left.delete(name);
  }
  return left.size > 0;
}
