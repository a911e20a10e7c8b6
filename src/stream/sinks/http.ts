import { randomUUID } from "node:crypto";
import type { Scope } from "../../expression/expression.ts";
import { isObject, type Json } from "../../expression/json.ts";
import { compileTemplate } from "../../expression/template.ts";
import { batchScope } from "../shell-line.ts";
import type { SinkWriter } from "../sink.ts";
import { mediaType } from "./body.ts";
import type { OpenSinkOptions, SinkOf } from "./open.ts";
import { openPerformedSink } from "./performed.ts";

/**
 * Sends each batch as the body of a request. At least once for each: `Idempotency-Key` is the same when it is sent again, and
 * that of no other batch of any pipeline.
 *
 * The URL and the headers are templates over `record` (the first of the batch), `batch` and the run's data.
 */
export function openHttpSink(sink: SinkOf<"http">, { host, position }: OpenSinkOptions): SinkWriter {
  const { name, format, method } = sink;
  const key = keyIn(position) ?? randomUUID();
  const addressed = compileAddress(sink);
  return openPerformedSink({
    name,
    format,
    host,
    position: { kind: "http", key },
    handover: ({ text, texts }, id) => {
      const { url, headers } = addressed(batchScope(host.scope, texts));
      const all = { "content-type": mediaType(format), "idempotency-key": keyOf(key, id), ...headers };
      return { request: { kind: "http", method, url, headers: all, body: text } };
    },
  });
}

/** A header holds no other characters. */
function keyOf(key: string, id: string): string {
  return `${key}/${encodeURI(id)}`;
}

function keyIn(position: Json): string | undefined {
  const isOwn = isObject(position) && position["kind"] === "http";
  return isOwn && typeof position["key"] === "string" ? position["key"] : undefined;
}

interface Address {
  readonly url: string;
  /** Their names in small letters: one that is said takes the place of one that is not. */
  readonly headers: Readonly<Record<string, string>>;
}

function compileAddress({ url, headers }: SinkOf<"http">): (scope: Scope) => Address {
  const address = compileTemplate(url);
  const fields = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), compileTemplate(value)] as const,
  );
  return (scope) => ({
    url: address.renderText(scope),
    headers: Object.fromEntries(fields.map(([name, value]) => [name, value.renderText(scope)])),
  });
}
