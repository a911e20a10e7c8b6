import { describe, expect, it } from "vitest";
import { isTuttiError } from "../errors.ts";
import type { RunStatus } from "./events.ts";
import { assertMove, mayMove } from "./life.ts";
import { isFinal } from "./state.ts";

const statuses = [
  "initializing",
  "executing",
  "recovering",
  "waiting",
  "paused",
  "completing",
  "completed",
  "degraded",
  "failed",
  "cancelled",
] as const satisfies readonly RunStatus[];

describe("the life of a run", () => {
  it("goes on from an end only by way of recovering", () => {
    for (const from of statuses.filter(isFinal)) {
      expect(statuses.filter((to) => mayMove(from, to))).toEqual(["recovering"]);
    }
  });

  it("comes to a good end only by way of completing", () => {
    for (const to of ["completed", "degraded"] as const) {
      expect(statuses.filter((from) => mayMove(from, to))).toEqual(["completing"]);
    }
  });

  it("can recover from everywhere", () => {
    expect(statuses.filter((from) => from !== "recovering" && !mayMove(from, "recovering"))).toEqual([]);
  });

  it("refuses a move that is not in the table", () => {
    expect(() => assertMove("completed", "executing")).toThrow(
      expect.toSatisfy((error: unknown) => isTuttiError(error, "INTERNAL")),
    );
    expect(() => assertMove("executing", "waiting")).not.toThrow();
  });
});
