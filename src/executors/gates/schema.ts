import { parseDocument } from "yaml";
import { held, notHeld, notKnown } from "./evidence.ts";
import { readInside } from "./read-file.ts";
import { plainText } from "../failed.ts";
import { messageOf } from "../../errors.ts";
import type { Outcome } from "../../core/outcome.ts";
import { isObject, type Json, type JsonObject, parseJson } from "../../expression/json.ts";
import { schemaFaults } from "../../expression/json-schema.ts";
import { shapeProblems } from "../../shape/shape.ts";
import type { CheckOf, GateChecker } from "../../ports/gate-checker.ts";

/** A gate on the shape of a file or a value, by a JSON Schema that is written in the gate or stands in a file. */
export function createSchemaGate(): GateChecker<CheckOf<"schema">> {
  return {
    kind: "schema",
    async check({ of, is }, { cwd, signal }) {
      const schema = "file" in is ? await valueIn(cwd, is.file) : { value: is.schema, facts: {} };
      const subject =
        "file" in of ? await valueIn(cwd, of.file) : { value: of.value, facts: { of: of.expression } };
      signal.throwIfAborted();
      if ("problem" in schema)
        return notKnown(`the schema cannot be read: ${schema.problem}`, "mend the file");
      if ("problem" in subject) {
        return notKnown(
          `the value cannot be read: ${subject.problem}`,
          "let the step write the file",
          subject.facts,
        );
      }
      const facts = { ...subject.facts, ...("file" in is ? { schema: schema.facts } : {}) };
      return judge({ ...subject, facts }, { schema: schema.value, file: "file" in is ? is.file : undefined });
    },
  };
}

interface Located {
  readonly value: Json;
  readonly facts: JsonObject;
}

async function valueIn(
  cwd: string,
  path: string,
): Promise<Located | { readonly problem: string; readonly facts: JsonObject }> {
  const file = await readInside(cwd, path);
  if ("problem" in file) return { problem: file.problem, facts: { file: path } };
  const facts = { file: path, hash: file.hash, bytes: file.bytes };
  try {
    return { value: valueOf(file.text), facts };
  } catch (error) {
    const [why = ""] = plainText(messageOf(error)).split("\n");
    return { problem: `"${path}" is neither JSON nor YAML: ${why.slice(0, 200)}`, facts };
  }
}

function valueOf(text: string): Json {
  if (text.trim() === "") throw new Error("it is empty");
  try {
    return parseJson(text);
  } catch {
    const document = parseDocument(text);
    const [broken] = document.errors;
    if (broken) throw new Error(broken.message);
    // Dates and the like become what they are in JSON.
    return parseJson(JSON.stringify(document.toJS() ?? null));
  }
}

interface Wanted {
  readonly schema: Json;
  readonly file: string | undefined;
}

function judge({ value, facts }: Located, { schema, file }: Wanted): Outcome {
  const what = file === undefined ? "the schema" : `the schema in "${file}"`;
  if (!isObject(schema))
    return notKnown(`${what} is no JSON Schema`, "write an object such as {type: object}", facts);
  const [fault] = schemaFaults(schema);
  if (fault) return notKnown(`${what} cannot be used: ${fault.message}`, fault.fix, facts);
  const problems = shapeProblems(schema, value, { root: "value", what, fix: "mend the schema" });
  if (problems.length === 0) return held({ summary: "it has the declared shape", ...facts });
  const output = plainText(problems.join("\n"));
  return notHeld({ summary: `it does not have the declared shape: ${problems[0] ?? ""}`, ...facts, output });
}
