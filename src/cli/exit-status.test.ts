import { describe, expect, it } from "vitest";
import { type ErrorCode, errorCodes, TuttiError } from "../errors.ts";
import { exitStatusOfError, exitStatusOfRun } from "./exit-status.ts";

function statusOf(code: ErrorCode): number {
  return exitStatusOfError(new TuttiError(code, "Cannot do it: no", { fix: "none" }));
}

describe("the exit status", () => {
  it("of a run says how it stands", () => {
    expect(exitStatusOfRun("completed")).toBe(0);
    expect(exitStatusOfRun("failed")).toBe(1);
    expect(exitStatusOfRun("waiting")).toBe(3);
    expect(exitStatusOfRun("paused")).toBe(3);
    expect(exitStatusOfRun("cancelled")).toBe(4);
    expect(exitStatusOfRun("degraded")).toBe(5);
    expect(exitStatusOfRun("executing")).toBe(130);
  });

  it("of an error tells wrong input from failed work", () => {
    const codes = Object.keys(errorCodes) as ErrorCode[];
    const failed = codes.filter((code) => statusOf(code) === 1);
    expect(failed).toContain("STORE_FULL");
    expect(failed).toContain("RUN_OWNED");
    expect(failed).toContain("INTERNAL");
    expect(failed).toContain("SINK_FAILED");
    for (const code of ["USAGE", "UNKNOWN_COMMAND", "CYCLE", "NOT_SUPPORTED", "RUN_NOT_FOUND"] as const) {
      expect(statusOf(code), code).toBe(2);
    }
    expect(statusOf("CANCELLED")).toBe(4);
  });

  it("of a bug is 1", () => {
    expect(exitStatusOfError(new TypeError("x"))).toBe(1);
  });
});
