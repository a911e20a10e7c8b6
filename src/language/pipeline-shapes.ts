import * as leaf from "./leaves.ts";
import * as own from "./pipeline-leaves.ts";
import type { Shape } from "./shapes.ts";

export const pipelineShape = {
  what: "`pipeline`",
  leaves: { continuous: leaf.flag },
  parts: ["source", "stages", "sink", "sinks", "flow_control", "monitoring", "alerts"],
} as const satisfies Shape;

/** How bytes become records, beside what they are read from or written to. */
const ofFormat = { separator: own.separator, columns: own.columns } as const;

const httpOfSource = {
  url: leaf.filledText,
  headers: leaf.textRecord,
  items: leaf.filledText,
  every: leaf.positiveDuration,
  format: own.httpFormat,
  ...ofFormat,
} as const;

const httpOfSink = {
  method: leaf.method,
  url: leaf.filledText,
  headers: leaf.textRecord,
  format: own.httpFormat,
  ...ofFormat,
} as const;

const toRead = "write such as `source: {jsonl: data/*.jsonl}`: the key says how files are read";
const toWrite = "write such as `sink: {jsonl: out.jsonl}`: the key says how the file is written";
const ofHttp = "write it in `http: {url: …}`";
const meantByFormat = {
  delimiter: 'write "separator"',
  header: "take it out: the first row names the columns unless `columns` does",
} as const;

export const sourceShape = {
  what: "`source`",
  leaves: {
    jsonl: own.readPaths,
    csv: own.readPaths,
    lines: own.readPaths,
    files: own.readPaths,
    content: leaf.flag,
    command: own.readLine,
    cwd: leaf.filledText,
    format: own.format,
    ...ofFormat,
    step: own.listOfStep,
    run: own.otherRun,
    node: leaf.filledText,
  },
  parts: ["stdin", "http", "listen"],
  inside: { http: Object.keys(httpOfSource), listen: ["port", "path"] },
  meant: { path: toRead, paths: toRead, file: toRead, glob: toRead, url: ofHttp, ...meantByFormat },
  form: "a path such as in.jsonl, a URL, or an object such as {command: LINE}",
} as const satisfies Shape;

export const httpSourceShape = {
  what: "`http` of a source",
  leaves: httpOfSource,
  parts: [],
  meant: { method: "take it out: a source is asked with GET, for anything else use `command: curl …`" },
  form: "a URL such as https://example.com/items, or {url: …, items: body.items}",
} as const satisfies Shape;

export const listenShape = {
  what: "`listen`",
  leaves: { port: own.port, path: leaf.filledText, format: own.format, ...ofFormat },
  parts: [],
  form: "a port such as 8080, or {port: 8080, path: /events}",
} as const satisfies Shape;

export const sinkShape = {
  what: "a sink",
  leaves: {
    name: own.stageName,
    from: own.stagesFrom,
    batch_size: own.batchSize,
    batch_wait: leaf.duration,
    jsonl: own.writtenPath,
    csv: own.writtenPath,
    lines: own.writtenPath,
    append: leaf.flag,
    files: own.writtenFiles,
    text: leaf.text,
    command: own.writingLine,
    cwd: leaf.filledText,
    env: leaf.textRecord,
    format: own.format,
    ...ofFormat,
  },
  parts: ["http", "result"],
  inside: { http: Object.keys(httpOfSink) },
  meant: {
    path: toWrite,
    file: toWrite,
    url: ofHttp,
    stdout: "write `result: true`, which is the output of the step",
    mode: "write `append: true`",
    ...meantByFormat,
  },
  form: "a path such as out.jsonl, a URL, or an object such as {command: LINE}",
} as const satisfies Shape;

export const httpSinkShape = {
  what: "`http` of a sink",
  leaves: httpOfSink,
  parts: [],
  form: "a URL such as https://example.com/items, or {url: …, headers: {…}}",
} as const satisfies Shape;

export const resultShape = {
  what: "`result`",
  leaves: { most: own.mostRecords },
  parts: [],
} as const satisfies Shape;

export const flowControlShape = {
  what: "`flow_control`",
  leaves: {
    backpressure: leaf.flag,
    buffer_size: own.bufferSize,
    overflow_strategy: own.overflow,
    record_size: own.recordSize,
    drain: leaf.duration,
  },
  parts: [],
} as const satisfies Shape;

export const monitoringShape = {
  what: "`monitoring`",
  leaves: { throughput_tracking: leaf.flag, latency_monitoring: leaf.flag },
  parts: ["error_rate_alerting"],
} as const satisfies Shape;

export const errorRateShape = {
  what: "`error_rate_alerting`",
  leaves: { threshold: own.share },
  parts: [],
} as const satisfies Shape;

export const alertShape = {
  what: "an alert",
  leaves: { name: leaf.filledText, when: leaf.filledText, for: leaf.duration },
  parts: ["notify"],
} as const satisfies Shape;

export const reduceShape = {
  what: "`reduce`",
  leaves: {},
  parts: ["window", "by", "give"],
} as const satisfies Shape;

export const windowShape = {
  what: "`window`",
  leaves: {
    count: own.batchSize,
    time: leaf.positiveDuration,
    at: leaf.filledText,
    late: leaf.duration,
  },
  parts: [],
} as const satisfies Shape;

export const aggregateShape = {
  what: "an aggregate",
  leaves: {
    sum: leaf.filledText,
    mean: leaf.filledText,
    least: leaf.filledText,
    first: leaf.filledText,
    last: leaf.filledText,
    distinct: leaf.filledText,
    list: leaf.filledText,
    fold: leaf.filledText,
  },
  parts: ["most", "start", "count"],
} as const satisfies Shape;
