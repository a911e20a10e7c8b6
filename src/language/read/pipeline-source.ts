import { isObject } from "../../expression/json.ts";
import { checkFolder } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import type { TextUse } from "../drafts.ts";
import { paths as pathsLeaf } from "../leaves.ts";
import * as own from "../pipeline-leaves.ts";
import { sourceShape } from "../pipeline-shapes.ts";
import type { RecordFormat, Source } from "../pipeline.ts";
import { below, type Spot } from "../places.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import { type ReadObject, readLeaf, readObject, wrongType } from "./read-object.ts";
import { formatOf, formatOfPath } from "./record-format.ts";
import { httpAt, httpSource, listenSource } from "./pipeline-endpoints.ts";
import { checkPipelineFile } from "./pipeline-paths.ts";
import { shellUse, templateUse, templateUsesIn } from "./texts.ts";

export interface ReadSource {
  readonly source: Source;
  readonly texts: readonly TextUse[];
}

type Read = ReadObject<typeof sourceShape>;

const kinds = [
  "jsonl",
  "csv",
  "lines",
  "files",
  "command",
  "stdin",
  "http",
  "listen",
  "step",
  "run",
] as const;
type Kind = (typeof kinds)[number];

/** Reads `source:`. Undefined, and reported, where it says no place to read from. */
export function readSource(loading: Loading, at: Located): ReadSource | undefined {
  const { value } = at;
  if (typeof value === "string") return bareSource(loading, at, value);
  if (Array.isArray(value)) return bareList(loading, at);
  const read = readObject(loading, at, sourceShape);
  const kind = read && kindOf(loading, read);
  if (!read || !kind) return undefined;
  reportStray(loading, read, kind);
  return readers[kind](loading, read);
}

/** The only key that says where records come from. */
function kindOf({ report }: Loading, read: Read): Kind | undefined {
  const [first, second] = kinds.filter((kind) => read.has(kind));
  if (first === undefined) {
    const isMisspelled = Object.keys(isObject(read.whole.value) ? read.whole.value : {}).length > 0;
    if (isMisspelled && report.hasErrors) return undefined;
    report.add({
      code: "MISSING_KEY",
      message: "Cannot use the source: it does not say where records come from",
      fix: `give it one of ${kinds.join(", ")}`,
      at: read.whole.spot,
      part: "key",
    });
  }
  if (second !== undefined) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${second}" here: the source already has "${first}", and a pipeline has one source`,
      fix: "take one of the two out; several files of one kind are a list, and others a pipeline of their own",
      at: read.spotOf(second),
      part: "key",
    });
    return undefined;
  }
  return first;
}

/** Which keys stand beside which kind. */
const beside: Readonly<Record<Kind, readonly string[]>> = {
  jsonl: ["separator", "columns"],
  csv: ["separator", "columns"],
  lines: ["separator", "columns"],
  files: ["content"],
  command: ["cwd", "format", "separator", "columns"],
  stdin: ["format", "separator", "columns"],
  http: [],
  listen: [],
  step: [],
  run: ["node"],
};

const optional = ["content", "cwd", "format", "separator", "columns", "node"] as const;

function reportStray({ report }: Loading, read: Read, kind: Kind): void {
  for (const key of optional) {
    if (!read.has(key) || beside[kind].includes(key)) continue;
    const inside = (kind === "http" || kind === "listen") && key !== "content" && key !== "node";
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${key}" here: it says nothing of a source that is "${kind}"`,
      fix: inside ? `write it in \`${kind}: {${key}: …}\`` : "take it out",
      at: read.spotOf(key),
      part: "key",
    });
  }
}

type Reader = (loading: Loading, read: Read) => ReadSource | undefined;

const readers: Readonly<Record<Kind, Reader>> = {
  jsonl: (loading, read) => recordFiles(loading, read, "jsonl"),
  csv: (loading, read) => recordFiles(loading, read, "csv"),
  lines: (loading, read) => recordFiles(loading, read, "lines"),
  files: anyFiles,
  command: commandSource,
  stdin: stdinSource,
  http: (loading, read) => httpSource(loading, read.part("http")),
  listen: (loading, read) => listenSource(loading, read.part("listen")),
  step: listSource,
  run: runSource,
};

function recordFiles(loading: Loading, read: Read, kind: RecordFormat["kind"]): ReadSource | undefined {
  const paths = pathsOf(loading, read, kind);
  return (
    paths && withPaths({ kind: "records", paths, format: formatOf(loading, read, kind) }, read.part(kind))
  );
}

function anyFiles(loading: Loading, read: Read): ReadSource | undefined {
  const paths = pathsOf(loading, read, "files");
  const { content } = read.leaves;
  return (
    paths && withPaths({ kind: "files", paths, ...(content === true ? { content } : {}) }, read.part("files"))
  );
}

function withPaths(source: Source, at: Located | undefined): ReadSource {
  return { source, texts: at ? templateUsesIn(at, "step") : [] };
}

function pathsOf(loading: Loading, read: Read, key: RecordFormat["kind"] | "files") {
  const paths = read.leaves[key];
  const written = read.part(key);
  for (const [index, value] of (paths ?? []).entries()) {
    const isList = written && Array.isArray(written.value);
    const spot: Spot = isList ? below(written.spot, written.value as object, index) : read.spotOf(key);
    checkPipelineFile(loading, { value, spot }, { what: "read", glob: true });
  }
  return paths;
}

function commandSource(loading: Loading, read: Read): ReadSource | undefined {
  const { command: line, cwd, format = "jsonl" } = read.leaves;
  if (line === undefined) return undefined;
  if (cwd !== undefined) checkFolder(loading.report, { value: cwd, spot: read.spotOf("cwd") });
  return {
    source: { kind: "command", line, ...defined({ cwd }), format: formatOf(loading, read, format) },
    texts: [shellUse({ value: line, spot: read.spotOf("command") }, "step")],
  };
}

/** `stdin: jsonl`, `stdin: true`, or with `format:` beside it. */
function stdinSource(loading: Loading, read: Read): ReadSource | undefined {
  const at = read.part("stdin");
  if (!at) return undefined;
  const said = at.value === true ? undefined : readLeaf(loading, at, { key: "stdin", schema: own.format });
  if (at.value !== true && said === undefined) return undefined;
  const { format } = read.leaves;
  if (said !== undefined && format !== undefined) {
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot use "format" here: "stdin" says ${said} already`,
      fix: "keep one of the two",
      at: read.spotOf("format"),
      part: "key",
    });
  }
  const kind = said ?? format ?? "jsonl";
  return { source: { kind: "stdin", format: formatOf(loading, read, kind) }, texts: [] };
}

/** `step: "${ scan.output.issues }"`: what an earlier step gave. */
function listSource(_loading: Loading, read: Read): ReadSource | undefined {
  const { step } = read.leaves;
  if (step === undefined) return undefined;
  return listOf({ value: step, spot: read.spotOf("step") });
}

function listOf({ value, spot }: { readonly value: string; readonly spot: Spot }): ReadSource {
  // a name alone is the step whose output it is
  const items = /^[A-Za-z_]\w*$/.test(value) ? `\${ ${value}.output }` : value;
  return {
    source: { kind: "list", items },
    texts: [{ ...templateUse({ value: items, spot }, "step"), gives: "list", key: "step" }],
  };
}

function runSource({ report }: Loading, read: Read): ReadSource | undefined {
  const { run, node } = read.leaves;
  if (run === undefined) return undefined;
  if (!run.includes("${") && /[\s/;|&$]/.test(run.trim())) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot read from the run "${shown(run)}": it is no name of a run`,
      fix: "write the id of a run, or `command:` for a shell line whose lines are records",
      at: read.spotOf("run"),
    });
  }
  const texts = (["run", "node"] as const).flatMap((key) => read.part(key) ?? []);
  return {
    source: { kind: "run", run, ...defined({ node }) },
    texts: texts.flatMap((part) => templateUsesIn(part, "step")),
  };
}

/** A text alone: a path by its ending, a URL, `-` for standard input, or a template that gives a list. */
function bareSource(loading: Loading, at: Located, value: string): ReadSource | undefined {
  const { spot } = at;
  const text = value.trim();
  if (text === "-") return { source: { kind: "stdin", format: { kind: "jsonl" } }, texts: [] };
  if (/^https?:\/\//i.test(text)) return httpAt(loading, at, text);
  if (/^\$\{[^{}]*\}$/.test(text)) return listOf({ value: text, spot });
  return pathSource(loading, at, [text]);
}

function bareList(loading: Loading, at: Located): ReadSource | undefined {
  const paths = readLeaf(loading, at, { key: "source", schema: pathsLeaf });
  return paths && pathSource(loading, at, paths);
}

function pathSource(loading: Loading, at: Located, paths: readonly string[]): ReadSource | undefined {
  const formats = paths.map(formatOfPath);
  const [format] = formats;
  if (!format || formats.some((one) => JSON.stringify(one) !== JSON.stringify(format))) {
    unknownEnding(loading, at, paths);
    return undefined;
  }
  for (const [index, value] of paths.entries()) {
    const spot = Array.isArray(at.value) ? below(at.spot, at.value, index) : at.spot;
    checkPipelineFile(loading, { value, spot }, { what: "read", glob: true });
  }
  return withPaths({ kind: "records", paths, format }, at);
}

function unknownEnding(loading: Loading, at: Located, paths: readonly string[]): void {
  if (paths.length === 0) {
    wrongType(loading, { at, what: '"source"', wanted: "a path, a list of paths, or an object" });
    return;
  }
  loading.report.add({
    code: "BAD_VALUE",
    message: `Cannot read "${shown(at.value)}": its ending does not say what its records are`,
    fix: "write such as {jsonl: …}, {csv: …}, {lines: …}, or {files: …} for a record a file",
    at: at.spot,
  });
}
