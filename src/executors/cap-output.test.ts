import { describe, expect, it } from "vitest";
import { capOutput, cutText } from "./cap-output.ts";
import { createTaskContext } from "../testing/task-context.ts";

const policy = { outputBytes: 100 };

describe("capped output", () => {
  it("leaves alone what fits", async () => {
    const outcome = { ok: true, output: { a: "x".repeat(80) }, stdout: "y".repeat(100) };
    expect(await capOutput(outcome, createTaskContext({ policy }).context)).toBe(outcome);
  });

  it("moves a long text to an artifact, whole", async () => {
    const { context, store } = createTaskContext({ policy });
    const text = "é".repeat(1000);
    const capped = await capOutput({ ok: true, output: text, stdout: text }, context);
    expect(capped.stdout).toMatch(/^é{25}\n… 1900 bytes left out …\né{25}$/);
    expect(capped.output).toBe(capped.stdout);
    const { stdout = "", output = "" } = capped.artifacts ?? {};
    expect(Buffer.from(await store.get(stdout)).toString()).toBe(text);
    expect(output).toBe(stdout);
  });

  it("keeps a large value as the text of its JSON, and fails where a schema asked for the value", async () => {
    const output = { list: Array.from({ length: 200 }, (_, index) => index) };
    const free = createTaskContext({ policy });
    const capped = await capOutput({ ok: true, output }, free.context);
    expect(capped).toMatchObject({ ok: true, output: expect.stringMatching(/^\{"list":\[0,1.*left out/s) });
    expect(
      JSON.parse(Buffer.from(await free.store.get(capped.artifacts?.["output"] ?? "")).toString()),
    ).toEqual(output);
    const asked = createTaskContext({ policy: { ...policy, schema: {} } });
    expect(await capOutput({ ok: true, output, shaped: true }, asked.context)).toMatchObject({
      ok: false,
      shaped: false,
      failure: { code: "OUTPUT_TOO_LARGE", class: "failure" },
    });
  });

  it("keeps the artifact of whoever stored the whole before", async () => {
    const { context } = createTaskContext({ policy });
    const artifacts = { stdout: "sha256:whole" };
    const capped = await capOutput({ ok: true, stdout: "x".repeat(500), artifacts }, context);
    expect(capped.artifacts).toEqual(artifacts);
  });

  it("is never longer than the bound, and cuts no character", () => {
    const text = "aé€💩".repeat(50);
    for (let maxBytes = 0; maxBytes < 60; maxBytes += 1) {
      const [head = "", tail = ""] = cutText(text, maxBytes).split(/\n… \d+ bytes left out …\n/);
      expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
      expect(Buffer.byteLength(head + tail)).toBeLessThanOrEqual(maxBytes);
    }
  });
});
