import { describe, expect, it } from "vitest";
import { withReport } from "./report.ts";

const declared = { type: "object", properties: { status: { enum: ["success", "partial", "failure"] } } };

describe("what an agent says of its own work", () => {
  it.each([
    [{ status: "success" }, declared, "success"],
    [{ status: "partial" }, declared, "partial"],
    [{ execution_status: "partial" }, undefined, "partial"],
    [{ execution_status: "success", status: "failure" }, declared, "success"],
    [{ status: "failure" }, undefined, undefined],
    [{ status: "failure" }, { properties: { status: { enum: ["failure", "flaky"] } } }, undefined],
    [{ status: "failure" }, { properties: { status: { type: "string" } } }, undefined],
    [{ execution_status: "perhaps" }, declared, undefined],
    ["failure", declared, undefined],
    [null, declared, undefined],
  ])("%j is read as %s → %s", (output, schema, reported) => {
    const outcome = withReport({ ok: true, output }, schema);
    expect(outcome.reported).toBe(reported);
    expect(outcome.ok).toBe(true);
  });

  it("is a failure of the attempt when it says so, with its reason, cost and output kept", () => {
    const usage = { costUsd: 0.1, inputTokens: 1, outputTokens: 2 };
    const output = { status: "failure", summary: "no such table" };
    const outcome = withReport({ ok: true, output, usage }, declared);
    expect(outcome).toMatchObject({
      ok: false,
      output,
      usage,
      failure: { code: "AGENT_FAILED", class: "failure" },
    });
    expect(outcome.failure?.message).toContain("no such table");
    expect(
      withReport({ ok: true, output: { execution_status: "failure" } }, undefined).failure?.message,
    ).toContain("no reason");
  });

  it("does not matter once the attempt has failed", () => {
    const failed = { ok: false, output: { execution_status: "success" } };
    expect(withReport(failed, undefined)).toBe(failed);
  });
});
