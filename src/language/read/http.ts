import { checkUrl } from "../checks/constants.ts";
import { defined } from "../defined.ts";
import { httpShape } from "../shapes.ts";
import type { ReadAction, ReadStep } from "./action.ts";
import type { Loading } from "./loading.ts";
import { missingKey, readObject } from "./read-object.ts";
import { templateUsesIn } from "./texts.ts";

/** Reads `http:`: a URL, or an object with method, url, headers, body and the status codes that count as success. */
export function readHttp(loading: Loading, step: ReadStep): ReadAction {
  const at = step.part("http");
  const nothing: ReadAction = {
    action: { kind: "http", method: "GET", url: "", headers: {} },
    texts: [],
    callees: [],
  };
  if (!at) return nothing;
  if (typeof at.value === "string" && at.value !== "") {
    checkUrl(loading.report, { value: at.value, spot: at.spot });
    const texts = templateUsesIn(at, "private");
    return { action: { kind: "http", method: "GET", url: at.value, headers: {} }, texts, callees: [] };
  }
  const read = readObject(loading, at, httpShape);
  if (!read) return nothing;
  if (!read.has("url")) missingKey(loading, at, { what: "`http`", key: "url" });
  const { method = "GET", url = "", headers = {}, body, expect } = read.leaves;
  if (url !== "") checkUrl(loading.report, { value: url, spot: read.spotOf("url") });
  const parts = (["url", "headers", "body"] as const).flatMap((key) => read.part(key) ?? []);
  return {
    action: { kind: "http", method, url, headers, ...defined({ body, expect }) },
    texts: parts.flatMap((part) => templateUsesIn(part, "private")),
    callees: [],
  };
}
