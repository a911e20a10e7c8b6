import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createSchemaGate } from "./schema.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Json, JsonObject } from "../../expression/json.ts";
import { createTaskContext } from "../../testing/task-context.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

const wanted: JsonObject = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };

interface Files {
  readonly file?: string;
  readonly schema?: string;
}

/** What the gate says of a file, by a schema that is written in it or stands in a file. */
function look({ file, schema }: Files, inline: JsonObject = wanted): Promise<Outcome> {
  const cwd = temporaryFolder();
  if (file !== undefined) writeFileSync(join(cwd, "value"), file);
  if (schema !== undefined) writeFileSync(join(cwd, "schema"), schema);
  const is = schema === undefined ? { schema: inline } : { file: "schema" };
  const { context } = createTaskContext({ cwd });
  return createSchemaGate().check({ kind: "schema", of: { file: "value" }, is }, { ...context, subject: {} });
}

function lookAt(value: Json): Promise<Outcome> {
  const { context } = createTaskContext();
  const check = { kind: "schema", of: { value, expression: "a.output" }, is: { schema: wanted } } as const;
  return createSchemaGate().check(check, { ...context, subject: {} });
}

const hash = expect.stringMatching(/^sha256:/) as string;

describe("a gate on a schema", () => {
  it("looks at a JSON or YAML file", async () => {
    expect(await look({ file: '{"n": 1}' })).toEqual({
      ok: true,
      evidence: { summary: "it has the declared shape", file: "value", hash, bytes: 8 },
    });
    expect(await look({ file: "# fine\nn: 1\n" })).toMatchObject({ ok: true });
  });

  it("names each thing that does not fit", async () => {
    const { ok, evidence } = await look({ file: "n: one\n" });
    expect(ok).toBe(false);
    expect(evidence?.["summary"]).toMatch(/^it does not have the declared shape: value\.n: /);
    expect(evidence?.["output"]).toContain("value.n");
  });

  it("looks at a value of the run", async () => {
    expect(await lookAt({ n: 2 })).toMatchObject({ ok: true, evidence: { of: "a.output" } });
    expect(await lookAt("no")).toMatchObject({ ok: false });
  });

  it("takes a schema from a file, and says which it was", async () => {
    const schema = JSON.stringify(wanted);
    expect(await look({ file: "n: 1", schema })).toMatchObject({
      ok: true,
      evidence: { file: "value", schema: { file: "schema", hash } },
    });
    expect(await look({ file: "n: x", schema: "type: object\nrequired: [m]\n" })).toMatchObject({
      ok: false,
    });
  });

  it.each([
    ["there is no file", {}, /^the value cannot be read: there is no file "value"; let the step/],
    ["the file is empty", { file: "" }, /neither JSON nor YAML: it is empty/],
    ["the file is broken", { file: "{a: [" }, /neither JSON nor YAML/],
    ["the file holds several documents", { file: "a: 1\n---\nb: 2" }, /neither JSON nor YAML/],
    ["the file holds a bomb", { file: bomb() }, /neither JSON nor YAML/],
    ["the schema is no object", { file: "n: 1", schema: "[]" }, /schema in "schema" is no JSON Schema/],
    [
      "the schema cannot be used",
      { file: "n: 1", schema: "type: intger" },
      /schema in "schema" cannot be used/,
    ],
    ["the schema is broken", { file: "n: 1", schema: "{" }, /^the schema cannot be read: .*; mend the file/],
  ] as const)("does not hold when %s", async (_, files, words) => {
    const { ok, evidence } = await look(files);
    expect(ok).toBe(false);
    expect(evidence?.["summary"]).toMatch(words);
  });
});

/** Aliases of aliases that stand for far more than the file holds. */
function bomb(): string {
  const lines = Array.from({ length: 9 }, (_, level) => {
    const items = level === 0 ? "x" : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array(9).fill(items).join(", ")}]`;
  });
  return lines.join("\n");
}
