import { checkUrl } from "../checks/constants.ts";
import type { TextUse } from "../drafts.ts";
import * as own from "../pipeline-leaves.ts";
import { httpSourceShape, listenShape } from "../pipeline-shapes.ts";
import type { Source } from "../pipeline.ts";
import { type Loading, type Located, shown } from "./loading.ts";
import type { ReadSource } from "./pipeline-source.ts";
import { missingKey, type ReadObject, readLeaf, readObject } from "./read-object.ts";
import { formatOf, reportColumns } from "./record-format.ts";
import { expressionUse, templateUse, templateUsesIn } from "./texts.ts";

/** How often an endpoint is asked again in a continuous pipeline that does not say it. */
const defaultEveryMs = 60_000;

type ReadHttp = ReadObject<typeof httpSourceShape>;
type HttpSource = Extract<Source, { readonly kind: "http" }>;

/** Reads `http:` of a source: a URL, or an object. */
export function httpSource(loading: Loading, at: Located | undefined): ReadSource | undefined {
  if (!at) return undefined;
  if (typeof at.value === "string" && at.value !== "") return httpAt(loading, at, at.value);
  return httpObject(loading, at);
}

function httpObject(loading: Loading, at: Located): ReadSource | undefined {
  const read = readObject(loading, at, httpSourceShape);
  const url = read?.leaves.url;
  if (read && !read.has("url")) missingKey(loading, at, { what: "`http`", key: "url" });
  if (!read || url === undefined) return undefined;
  checkUrl(loading.report, { value: url, spot: read.spotOf("url") });
  const { headers = {}, every: everyMs = defaultEveryMs } = read.leaves;
  const parts = (["url", "headers"] as const).flatMap((key) => read.part(key) ?? []);
  return {
    source: { kind: "http", url, headers, everyMs, format: answerFormat(loading, read) },
    texts: [...parts.flatMap((part) => templateUsesIn(part, "private")), ...itemsUse(read)],
  };
}

function answerFormat(loading: Loading, read: ReadHttp): HttpSource["format"] {
  const { items = "body", format: kind = "json" } = read.leaves;
  if (kind === "json") {
    reportColumns(loading, read, kind);
    return { kind, items: expressionUse({ value: items, spot: read.spotOf("items") }, "step").text };
  }
  if (read.has("items")) reportItems(loading, read, kind);
  return formatOf(loading, read, kind);
}

function itemsUse(read: ReadHttp): readonly TextUse[] {
  const { items } = read.leaves;
  if (items === undefined) return [];
  const use = expressionUse({ value: items, spot: read.spotOf("items") }, "step");
  return [{ ...use, gives: "list", key: "items", names: ["body"] }];
}

function reportItems({ report }: Loading, read: ReadHttp, kind: string): void {
  report.add({
    code: "BAD_VALUE",
    message: `Cannot use "items" here: the answer is ${kind}, of which each line is a record`,
    fix: "take it out, or write `format: json`",
    at: read.spotOf("items"),
    part: "key",
  });
}

/** A URL whose answer is a list of records. */
export function httpAt({ report }: Loading, at: Located, url: string): ReadSource {
  checkUrl(report, { value: url, spot: at.spot });
  const format = { kind: "json", items: "body" } as const;
  return {
    source: { kind: "http", url, headers: {}, everyMs: defaultEveryMs, format },
    texts: templateUsesIn(at, "private"),
  };
}

/** Reads `listen:`: a port, or an object. */
export function listenSource(loading: Loading, at: Located | undefined): ReadSource | undefined {
  if (!at) return undefined;
  if (typeof at.value === "number") {
    const port = readLeaf(loading, at, { key: "listen", schema: own.port });
    if (port === undefined) return undefined;
    return { source: { kind: "listen", port, path: "/", format: { kind: "jsonl" } }, texts: [] };
  }
  const read = readObject(loading, at, listenShape);
  if (!read) return undefined;
  const { port, path = "/", format = "jsonl" } = read.leaves;
  if (!read.has("port")) missingKey(loading, at, { what: "`listen`", key: "port" });
  checkEndpoint(loading, read, path);
  if (port === undefined) return undefined;
  return {
    source: { kind: "listen", port, path, format: formatOf(loading, read, format) },
    texts: [templateUse({ value: path, spot: read.spotOf("path") }, "step")],
  };
}

function checkEndpoint({ report }: Loading, read: ReadObject<typeof listenShape>, path: string): void {
  if (path.startsWith("/") && !/[?#\s]/.test(path)) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot listen at "${shown(path)}": it is no path of a URL`,
    fix: "write a path such as /events",
    at: read.spotOf("path"),
  });
}
