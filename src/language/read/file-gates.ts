import { messageOf } from "../../errors.ts";
import { regexOf } from "../../expression/cel.ts";
import { isObject } from "../../expression/json.ts";
import { globFault } from "../checks/globs.ts";
import { defined } from "../defined.ts";
import type { TextUse } from "../drafts.ts";
import type { CoverageGate, FilesGate, SchemaGate, SecretsGate } from "../gate.ts";
import { coverageShape, filesShape, schemaGateShape, secretsShape } from "../gate-shapes.ts";
import { below, type Spot } from "../places.ts";
import type { GateReading } from "./gate-reading.ts";
import { readJsonSchema } from "./json-schema.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import { missingKey, type ReadObject, readObject, wrongType } from "./read-object.ts";
import { expressionUse, templateUse } from "./texts.ts";

type When = "before" | "gate";

/** `coverage: {file, lines, …}`. */
export function readCoverage(
  loading: Loading,
  at: Located,
  when: When,
): GateReading<CoverageGate> | undefined {
  const read = readObject(loading, at, coverageShape);
  if (!read) return undefined;
  const { file = "", format, lines, branches, functions, statements } = read.leaves;
  if (!read.has("file")) missingKey(loading, at, { what: "`coverage`", key: "file" });
  const metrics = ["lines", "branches", "functions", "statements"] as const;
  if (!metrics.some((metric) => read.has(metric))) {
    loading.report.add({
      code: "MISSING_KEY",
      message: "Cannot use `coverage`: it does not say how much must be covered",
      fix: "add a percentage, such as `lines: 80`; also branches, functions, statements",
      at: at.spot,
      part: "key",
    });
  }
  const minimum = defined({ lines, branches, functions, statements });
  return {
    own: { kind: "coverage", file, minimum, ...defined({ format }) },
    name: `coverage of ${file}`,
    texts: [templateUse({ value: file, spot: read.spotOf("file") }, when)],
  };
}

/** `files: {changed, created, allow, forbid, require}`. */
export function readFiles(loading: Loading, at: Located, when: When): GateReading<FilesGate> | undefined {
  if (when === "before") {
    loading.report.add({
      code: "BAD_VALUE",
      message: 'Cannot use "files" here: before a step it has changed none',
      fix: "move it to `gates:`",
      at: at.spot,
      part: "key",
    });
  }
  const read = readObject(loading, at, filesShape);
  if (!read) return undefined;
  const { changed, created, allow, forbid, require } = read.leaves;
  if (isObject(at.value) && Object.keys(at.value).length === 0) {
    loading.report.add({
      code: "MISSING_KEY",
      message: "Cannot use `files`: it limits nothing",
      fix: "give it one or more of changed, created (numbers), allow, forbid, require (globs)",
      at: at.spot,
      part: "key",
    });
  }
  for (const key of ["allow", "forbid", "require"] as const) checkGlobs(loading, read, key);
  return {
    own: { kind: "files", ...defined({ changed, created, allow, forbid, require }) },
    name: "files",
    texts: [],
  };
}

/** `secrets: {in: changed | globs, allow: [patterns]}`. */
export function readSecrets(loading: Loading, at: Located, when: When): GateReading<SecretsGate> | undefined {
  const read = readObject(loading, at, secretsShape);
  if (!read) return undefined;
  const { in: where = ["changed"], allow = [] } = read.leaves;
  const changed = where.length === 1 && where[0] === "changed";
  if (changed && when === "before") {
    loading.report.add({
      code: "BAD_VALUE",
      message: "Cannot look for secrets here in what the step changed: before a step it has changed nothing",
      fix: "name the files, as in `in: src/**`, or move the gate to `gates:`",
      at: read.spotOf("in"),
    });
  }
  if (!changed) checkGlobs(loading, read, "in");
  for (const { text, spot } of textsAt(read, "allow")) checkPattern(loading, { text, spot });
  return { own: { kind: "secrets", in: changed ? "changed" : where, allow }, name: "secrets", texts: [] };
}

/** `schema: {file | of, is}`. */
export function readSchema(loading: Loading, at: Located, when: When): GateReading<SchemaGate> | undefined {
  const read = readObject(loading, at, schemaGateShape);
  if (!read) return undefined;
  if (read.has("file") === read.has("of")) reportSubject(loading, at, read.has("of"));
  const is = read.part("is");
  if (!is) missingKey(loading, at, { what: "`schema`", key: "is" });
  const wanted = is && schemaOf(loading, is);
  if (!wanted) return undefined;
  const { value, subject } = subjectText(read, when);
  return {
    own: {
      kind: "schema",
      of: value ? { expression: value.text } : { file: subject.text },
      is: wanted,
    },
    name: `schema of ${subject.text.trim()}`,
    texts: [subject, fileText(is, when) ?? []].flat(),
  };
}

/** The expression, where there is one; else the path of a file. */
function subjectText(
  read: ReadObject<typeof schemaGateShape>,
  when: When,
): { readonly value: TextUse | undefined; readonly subject: TextUse } {
  const value = valueText(read.part("of"), when);
  const file = fileText(read.part("file"), when);
  return { value, subject: value ?? file ?? templateUse({ value: "", spot: read.whole.spot }, when) };
}

function reportSubject({ report }: Loading, at: Located, isTwo: boolean): void {
  report.add({
    code: isTwo ? "BAD_VALUE" : "MISSING_KEY",
    message: `Cannot use \`schema\`: it names ${isTwo ? "two things" : "nothing"} to look at`,
    fix: "give it either `file:` (a JSON or YAML file) or `of:` (an expression)",
    at: at.spot,
    part: "key",
  });
}

/** Path of a file, where one is written. */
function fileText(at: Located | undefined, when: When): TextUse | undefined {
  return typeof at?.value === "string" ? templateUse({ value: at.value, spot: at.spot }, when) : undefined;
}

function valueText(at: Located | undefined, when: When): TextUse | undefined {
  if (typeof at?.value !== "string") return undefined;
  return { ...expressionUse({ value: at.value, spot: at.spot }, when), gives: "value", key: "of" };
}

function schemaOf(loading: Loading, at: Located): SchemaGate["is"] | undefined {
  if (typeof at.value === "string" && at.value !== "") return { file: at.value };
  if (!isObject(at.value)) {
    wrongType(loading, { at, what: '"is"', wanted: "a JSON Schema, or the path of a file that holds one" });
    return undefined;
  }
  const schema = readJsonSchema(loading, at, { what: '"is"' });
  return schema && { schema };
}

type Read = Pick<ReadObject<typeof filesShape>, "whole" | "spotOf">;

/** The texts at a key that holds one or a list of them. */
function textsAt({ whole, spotOf }: Read, key: string): readonly { text: string; spot: Spot }[] {
  const value = isObject(whole.value) ? whole.value[key] : undefined;
  if (typeof value === "string") return [{ text: value, spot: spotOf(key) }];
  if (!Array.isArray(value)) return [];
  return value.flatMap((text, index) =>
    typeof text === "string" ? [{ text, spot: below(spotOf(key), value, index) }] : [],
  );
}

function checkGlobs(loading: Loading, read: Read, key: string): void {
  for (const { text, spot } of textsAt(read, key)) {
    const fault = globFault(text);
    if (fault === undefined) continue;
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(text)}" as a glob of "${key}": ${fault}`,
      fix: "write a glob such as src/**",
      at: spot,
    });
  }
}

function checkPattern({ report }: Loading, { text, spot }: { text: string; spot: Spot }): void {
  try {
    regexOf(text);
  } catch (error) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${shown(text)}" as a pattern: ${messageOf(error)}`,
      fix: "write it as RE2: https://github.com/google/re2/wiki/Syntax",
      at: spot,
    });
  }
}
