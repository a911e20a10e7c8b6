import { isObject } from "../../expression/json.ts";
import { checkEnvNames, checkFolder, checkUrl } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import { batchNames, type NameUse, type TextUse } from "../drafts.ts";
import * as own from "../pipeline-leaves.ts";
import { httpSinkShape, resultShape, sinkShape } from "../pipeline-shapes.ts";
import type { FlowControl, RecordFormat, Sink, SinkTarget } from "../pipeline.ts";
import { below, type Spot } from "../places.ts";
import type { Loading, Located } from "./loading.ts";
import { shown } from "./loading.ts";
import { missingKey, type ReadObject, readLeaf, readObject } from "./read-object.ts";
import { formatOf, formatOfPath, reportColumns } from "./record-format.ts";
import { checkPipelineFile } from "./pipeline-paths.ts";
import { shellUse, templateUse, templateUsesIn } from "./texts.ts";

export interface ReadSink {
  readonly sink: Omit<Sink, "from"> & SinkTarget;
  readonly named: boolean;
  readonly spot: Spot;
  readonly nameSpot: Spot;
  /** Undefined: it does not say it. */
  readonly from: readonly NameUse[] | undefined;
  readonly texts: readonly TextUse[];
}

interface ReadTarget {
  readonly target: SinkTarget;
  readonly texts: readonly TextUse[];
}

type Read = ReadObject<typeof sinkShape>;

const kinds = ["jsonl", "csv", "lines", "files", "command", "http", "result"] as const;
type Kind = (typeof kinds)[number];

/** Records in a batch of a sink that does not say it. */
const usualBatch = { files: 100, records: 1000, command: 100, http: 100, result: 1000 } as const;
const usualWaitMs = 1000;
/** Records that a result holds when it does not say it. */
const usualResult = 1000;

/** Reads one sink. Undefined, and reported, where it says no place to write to. */
export function readSink(loading: Loading, at: Located, flow: FlowControl): ReadSink | undefined {
  const { spot } = at;
  if (typeof at.value === "string") {
    const found = bareTarget(loading, at, at.value);
    return (
      found && { ...placed(found.target, flow), from: undefined, spot, nameSpot: spot, texts: found.texts }
    );
  }
  const read = readObject(loading, at, sinkShape);
  const kind = read && kindOf(loading, read);
  if (!read || !kind) return undefined;
  reportStray(loading, read, kind);
  const found = readers[kind](loading, read);
  if (!found) return undefined;
  checkBatchSize(loading, read, flow);
  const { name, batch_size: batchSize, batch_wait: batchWaitMs } = read.leaves;
  return {
    ...placed(found.target, flow, defined({ name, batchSize, batchWaitMs })),
    from: fromOf(read),
    spot,
    nameSpot: read.spotOf("name"),
    texts: found.texts,
  };
}

/** The sink of a pipeline that names none: its records are the step's output. */
export function usualSink(flow: FlowControl): ReadSink["sink"] {
  return placed({ kind: "result", most: usualResult }, flow).sink;
}

interface Said {
  readonly name?: string;
  readonly batchSize?: number;
  readonly batchWaitMs?: number;
}

function placed(
  target: SinkTarget,
  { bufferSize }: FlowControl,
  { name, batchSize, batchWaitMs = usualWaitMs }: Said = {},
): Pick<ReadSink, "sink" | "named"> {
  const size = batchSize ?? Math.min(usualBatch[target.kind], bufferSize);
  const sink = { ...target, name: name ?? usualName(target), batchSize: size, batchWaitMs };
  return { sink, named: name !== undefined };
}

function usualName(target: SinkTarget): string {
  return target.kind === "records" ? target.format.kind : target.kind;
}

/** Reports batches that could never be full. */
export function checkBatchSize(
  { report }: Loading,
  read: {
    readonly leaves: { readonly batch_size?: number };
    readonly spotOf: (key: string) => Spot;
  },
  { bufferSize }: FlowControl,
): void {
  const { batch_size: size = 1 } = read.leaves;
  if (size <= bufferSize) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot gather batches of ${size}: at most ${bufferSize} records wait before a stage or sink`,
    fix: `write a smaller one, or \`flow_control: {buffer_size: ${size}}\``,
    at: read.spotOf("batch_size"),
  });
}

/** The names it takes from, as a stage and a sink say them. */
export function fromOf(read: {
  readonly leaves: { readonly from?: readonly string[] };
  readonly spotOf: (key: string) => Spot;
  part(key: "from"): Located | undefined;
}): readonly NameUse[] | undefined {
  const written = read.part("from");
  return read.leaves.from?.map((name, index) => ({
    name,
    spot:
      written && Array.isArray(written.value)
        ? below(written.spot, written.value, index)
        : read.spotOf("from"),
  }));
}

function kindOf({ report }: Loading, read: Read): Kind | undefined {
  const [first, second] = kinds.filter((kind) => read.has(kind));
  if (first !== undefined && second === undefined) return first;
  if (second !== undefined) {
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${second}" here: the sink already has "${first}", and a sink writes to one place`,
      fix: "write two sinks: `sinks: [{…}, {…}]`",
      at: read.spotOf(second),
      part: "key",
    });
  } else if (!misspelled(report, read)) {
    report.add({
      code: "MISSING_KEY",
      message: "Cannot use the sink: it does not say where its records go to",
      fix: `give it one of ${kinds.join(", ")}`,
      at: read.whole.spot,
      part: "key",
    });
  }
  return undefined;
}

function misspelled(report: Loading["report"], read: Read): boolean {
  const keys = isObject(read.whole.value) ? Object.keys(read.whole.value) : [];
  const known = new Set<string>([...Object.keys(sinkShape.leaves), ...sinkShape.parts]);
  return keys.some(
    (key) =>
      !known.has(key) && (report.nearest(key, kinds) !== undefined || Object.hasOwn(sinkShape.meant, key)),
  );
}

const ofAll = ["name", "from", "batch_size", "batch_wait"];
const beside: Readonly<Record<Kind, readonly string[]>> = {
  jsonl: ["append", "separator", "columns"],
  csv: ["append", "separator", "columns"],
  lines: ["append", "separator", "columns"],
  files: ["text"],
  command: ["cwd", "env", "format", "separator", "columns"],
  http: [],
  result: [],
};

function reportStray({ report }: Loading, read: Read, kind: Kind): void {
  const allowed = new Set([...ofAll, ...beside[kind], ...kinds]);
  for (const key of Object.keys(read.leaves)) {
    if (allowed.has(key)) continue;
    const inside = kind === "http" && Object.hasOwn(httpSinkShape.leaves, key);
    report.add({
      code: "BAD_VALUE",
      message: `Cannot use "${key}" here: it says nothing of a sink that is "${kind}"`,
      fix: inside ? `write it in \`http: {url: …, ${key}: …}\`` : "take it out",
      at: read.spotOf(key),
      part: "key",
    });
  }
}

type Reader = (loading: Loading, read: Read) => ReadTarget | undefined;

const readers: Readonly<Record<Kind, Reader>> = {
  jsonl: (loading, read) => recordFile(loading, read, "jsonl"),
  csv: (loading, read) => recordFile(loading, read, "csv"),
  lines: (loading, read) => recordFile(loading, read, "lines"),
  files: fileEach,
  command: commandSink,
  http: httpSink,
  result: resultSink,
};

function recordFile(loading: Loading, read: Read, kind: RecordFormat["kind"]): ReadTarget | undefined {
  const path = read.leaves[kind];
  if (path === undefined) return undefined;
  const written = { value: path, spot: read.spotOf(kind) };
  checkPipelineFile(loading, written, { what: "write" });
  const append = read.leaves.append === true ? { append: true as const } : {};
  return {
    target: { kind: "records", path, format: formatOf(loading, read, kind), ...append },
    texts: [templateUse(written, "step")],
  };
}

function fileEach(loading: Loading, read: Read): ReadTarget | undefined {
  const { files: path, text } = read.leaves;
  if (path === undefined) return undefined;
  const written = { value: path, spot: read.spotOf("files") };
  checkPipelineFile(loading, written, { what: "write" });
  if (!path.includes("${")) {
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot write a file for each record to "${shown(path)}": it is the same for all of them`,
      fix: 'write a path with the record in it, such as "out/${ record.id }.json", or `jsonl:` for one file',
      at: written.spot,
    });
  }
  const texts = [written, ...(text === undefined ? [] : [{ value: text, spot: read.spotOf("text") }])];
  return {
    target: { kind: "files", path, ...defined({ text }) },
    texts: texts.map((one) => ({ ...templateUse(one, "step"), names: ["record"] })),
  };
}

function commandSink(loading: Loading, read: Read): ReadTarget | undefined {
  const { command: line, cwd, env = {}, format = "jsonl" } = read.leaves;
  if (line === undefined) return undefined;
  if (cwd !== undefined) checkFolder(loading.report, { value: cwd, spot: read.spotOf("cwd") });
  const given = read.part("env");
  checkEnvNames(loading.report, given);
  return {
    target: { kind: "command", line, ...defined({ cwd }), env, format: formatOf(loading, read, format) },
    texts: withBatch([
      shellUse({ value: line, spot: read.spotOf("command") }, "step"),
      ...(given ? templateUsesIn(given, "private") : []),
    ]),
  };
}

function httpSink(loading: Loading, outer: Read): ReadTarget | undefined {
  const at = outer.part("http");
  if (!at) return undefined;
  if (typeof at.value === "string" && at.value !== "") return httpAt(loading, at, at.value);
  return httpObject(loading, at);
}

function httpObject(loading: Loading, at: Located): ReadTarget | undefined {
  const read = readObject(loading, at, httpSinkShape);
  if (!read) return undefined;
  const { method = "POST", url, headers = {}, format = "json" } = read.leaves;
  if (!read.has("url")) missingKey(loading, at, { what: "`http`", key: "url" });
  if (url === undefined) return undefined;
  checkUrl(loading.report, { value: url, spot: read.spotOf("url") });
  checkMethod(loading, read, method);
  if (format === "json") reportColumns(loading, read, format);
  const parts = (["url", "headers"] as const).flatMap((key) => read.part(key) ?? []);
  return {
    target: {
      kind: "http",
      method,
      url,
      headers,
      format: format === "json" ? { kind: "json" } : formatOf(loading, read, format),
    },
    texts: withBatch(parts.flatMap((part) => templateUsesIn(part, "private"))),
  };
}

function checkMethod({ report }: Loading, read: ReadObject<typeof httpSinkShape>, method: string): void {
  if (method !== "GET" && method !== "HEAD") return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot send records with ${method}: it has no body`,
    fix: "write POST, PUT or PATCH",
    at: read.spotOf("method"),
  });
}

/** They are filled in for each batch. */
function withBatch(uses: readonly TextUse[]): readonly TextUse[] {
  return uses.map((use) => ({ ...use, names: batchNames }));
}

function httpAt({ report }: Loading, at: Located, url: string): ReadTarget {
  checkUrl(report, { value: url, spot: at.spot });
  return {
    target: { kind: "http", method: "POST", url, headers: {}, format: { kind: "json" } },
    texts: withBatch(templateUsesIn(at, "private")),
  };
}

/** `result: true`, `result: 50`, or `{most: 50}`. */
function resultSink(loading: Loading, read: Read): ReadTarget | undefined {
  const at = read.part("result");
  if (!at) return undefined;
  if (at.value === true || at.value === null)
    return { target: { kind: "result", most: usualResult }, texts: [] };
  if (isObject(at.value)) {
    const inner = readObject(loading, at, resultShape);
    return { target: { kind: "result", most: inner?.leaves.most ?? usualResult }, texts: [] };
  }
  const most = readLeaf(loading, at, { key: "result", schema: resultCount });
  return most === undefined ? undefined : { target: { kind: "result", most }, texts: [] };
}

const resultCount = own.mostRecords.describe("true, or the most records it holds, such as 1000");

/** A text alone: a path by its ending, a URL, or `-` or `result` for the step's output. */
function bareTarget(loading: Loading, at: Located, value: string): ReadTarget | undefined {
  const text = value.trim();
  if (text === "-" || text === "result") return { target: { kind: "result", most: usualResult }, texts: [] };
  if (/^https?:\/\//i.test(text)) return httpAt(loading, at, text);
  const format = formatOfPath(text);
  if (!format) {
    loading.report.add({
      code: "BAD_VALUE",
      message: `Cannot write "${shown(value)}": its ending does not say how records are written`,
      fix: "write such as {jsonl: …}, {csv: …}, {lines: …}, or {files: …} for a file a record",
      at: at.spot,
    });
    return undefined;
  }
  const written = { value: text, spot: at.spot };
  checkPipelineFile(loading, written, { what: "write" });
  return { target: { kind: "records", path: text, format }, texts: [templateUse(written, "step")] };
}
