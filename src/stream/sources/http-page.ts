import { createChunkedReader } from "./chunks.ts";
import { createDraft, recordOf } from "./draft.ts";
import { get, nextPage, parseUrl, retryAt } from "./http-call.ts";
import type { GetOptions } from "./http-call.ts";
import { messageOf, TuttiError } from "../../errors.ts";
import { compileExpression } from "../../expression/expression.ts";
import type { Scope } from "../../expression/expression.ts";
import { parseExactJson, type Json } from "../../expression/json.ts";
import type { RecordFormat, Source } from "../../language/pipeline.ts";
import { createDecoder } from "../records/decode.ts";
import type { SourceReader } from "../source.ts";

export type HttpSource = Extract<Source, { readonly kind: "http" }>;

/** Most bytes of a page that is one JSON value: it has to be in memory as a whole. */
const mostPageBytes = 16 * 1024 * 1024;

/** Records of one answer. */
export interface Page {
  readonly next: URL | undefined;
  readonly etag: string | undefined;
  read: SourceReader["read"];
}

/** What failed may go well later, not before `retryAt` (ms since the epoch) when that is known. */
export class TemporaryFailure extends Error {
  readonly error: TuttiError;
  readonly retryAt: number | undefined;

  constructor(error: TuttiError, at?: number) {
    super(error.message);
    this.error = error;
    this.retryAt = at;
  }
}

export interface PageOptions extends GetOptions {
  readonly format: HttpSource["format"];
  readonly maxBytes: number;
  readonly scope: Scope;
  readonly now: () => number;
  /** Records of this page that were given before. */
  readonly skip: number;
  readonly position: (taken: number) => Json;
}

/** Asks for a page; undefined: it is what it was (304). Rejects with TemporaryFailure, or for good. */
export async function openPage(url: URL, options: PageOptions): Promise<Page | undefined> {
  const response = await whileFailing(url, () => get(url, options));
  if (response.status === 304) return undefined;
  if (!response.ok) throw await refused(response, { url, now: options.now() });
  const page = {
    next: nextPage(response.headers.get("link"), parseUrl(response.url, url)),
    etag: response.headers.get("etag") ?? undefined,
  };
  const chunks = chunksOf(response, url);
  if (options.format.kind !== "json")
    return { ...page, ...chunkedPage(chunks, { ...options, format: options.format, url }) };
  const items = itemsOf(await wholeText(chunks, url), { ...options, items: options.format.items });
  return { ...page, read: readItems(items, { ...options, name: url.origin }) };
}

type Chunks = () => Promise<Uint8Array | undefined>;

function chunksOf(response: Response, url: URL): Chunks {
  const reader = response.body?.getReader();
  return () =>
    whileFailing(url, async () => {
      const { done, value } = reader ? await reader.read() : { done: true, value: undefined };
      return done ? undefined : value;
    });
}

/** What fails on the way may go well later. */
async function whileFailing<T>(url: URL, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TuttiError) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new TemporaryFailure(
      new TuttiError("HTTP_FAILED", `Cannot read "${url.origin}": ${messageOf(cause)}`, {
        fix: "see that the host can be reached, and resume",
        cause: error,
      }),
    );
  }
}

async function refused(
  response: Response,
  { url, now }: { readonly url: URL; readonly now: number },
): Promise<TuttiError | TemporaryFailure> {
  const { status } = response;
  await response.body?.cancel();
  const error = new TuttiError(
    status === 429 ? "QUOTA" : "HTTP_FAILED",
    `Cannot read "${url.origin}": the answer has status ${status}`,
    { fix: "mend the URL or its headers, and resume" },
  );
  const isTemporary = [408, 425, 429].includes(status) || (status >= 500 && status !== 501 && status !== 505);
  return isTemporary ? new TemporaryFailure(error, retryAt(response.headers.get("retry-after"), now)) : error;
}

function chunkedPage(
  chunks: Chunks,
  options: PageOptions & { readonly format: RecordFormat; readonly url: URL },
): Pick<Page, "read"> {
  const { format, maxBytes, url, skip, position } = options;
  const name = url.origin;
  return createChunkedReader({
    name,
    decoder: createDecoder(format, { maxBytes, name }),
    next: chunks,
    skip,
    position,
  });
}

async function wholeText(chunks: Chunks, url: URL): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let chunk = await chunks(); chunk; chunk = await chunks()) {
    bytes += chunk.length;
    if (bytes > mostPageBytes)
      throw new TuttiError(
        "SOURCE_UNREADABLE",
        `Cannot read "${url.origin}": a page has more than ${mostPageBytes} bytes`,
        {
          fix: "ask for smaller pages, or for JSON lines, which are read one by one",
        },
      );
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString();
}

function itemsOf(
  text: string,
  { items, scope }: { readonly items: string; readonly scope: Scope },
): readonly Json[] {
  const body = parsed(text);
  const list = compileExpression(items).evaluateExact((name) => (name === "body" ? body : scope(name)));
  if (isList(list)) return list;
  throw new TuttiError(
    "SOURCE_UNREADABLE",
    `Cannot take the records "${items}" from an answer: that is no list`,
    {
      fix: "name the list of records in `items`, such as body.items",
    },
  );
}

function parsed(text: string): Json {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new TuttiError("SOURCE_UNREADABLE", `Cannot read an answer as JSON: ${messageOf(error)}`, {
      fix: "name the format that the answers have",
      cause: error,
    });
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function readItems(
  items: readonly Json[],
  { maxBytes, skip, position, name }: PageOptions & { readonly name: string },
): Page["read"] {
  let next = skip;
  return async (most, signal) => {
    signal.throwIfAborted();
    const draft = createDraft(most);
    for (; next < items.length && !draft.isFull; next += 1)
      draft.add(recordOf(JSON.stringify(items[next] ?? null), { line: next + 1, maxBytes }), name);
    return draft.done({ position: position(next), ended: next >= items.length && draft.count === 0 });
  };
}
