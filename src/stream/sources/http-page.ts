import { get, nextPage, parseUrl, retryAt, shownUrl } from "./http-call.ts";
import type { GetOptions } from "./http-call.ts";
import { recordOf } from "./draft.ts";
import type { Found } from "./draft.ts";
import { readUnseen } from "./http-unseen.ts";
import type { Answer, UnseenOptions } from "./http-unseen.ts";
import { createPull } from "./wait.ts";
import { isTuttiError, messageOf, TuttiError } from "../../errors.ts";
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
  /** Absent: it is what it was (304). */
  readonly read?: SourceReader["read"];
}

/**
 * Whether what failed may go well later: `good` for what passes by itself, `some` for an answer that is not what was asked for, `none`
 * where the server says so.
 */
export type Hope = "good" | "some" | "none";

/** No page; not to be asked for before `retryAt` (ms since the epoch) when that is known. */
export class PageFailure extends Error {
  readonly error: TuttiError;
  readonly hope: Hope;
  readonly retryAt: number | undefined;

  constructor(error: TuttiError, { hope, at }: { readonly hope: Hope; readonly at?: number | undefined }) {
    super(error.message);
    this.error = error;
    this.hope = hope;
    this.retryAt = at;
  }
}

export interface PageOptions extends GetOptions, Pick<UnseenOptions, "before" | "position"> {
  readonly format: HttpSource["format"];
  readonly maxBytes: number;
  readonly scope: Scope;
  readonly now: () => number;
}

/** Asks for a page. Rejects with PageFailure, or with a TuttiError for an answer that is none of such a source. */
export async function openPage(url: URL, options: PageOptions): Promise<Page> {
  const response = await whileFailing(url, () => get(url, options));
  const { status, headers } = response;
  const next = nextPage(headers.get("link"), parseUrl(response.url, url));
  const etag = headers.get("etag") ?? undefined;
  if (status === 304) return { next, etag };
  if (!response.ok) throw await refused(response, { url, now: options.now() });
  const answer = await answerOf(chunksOf(response, url), { ...options, url });
  return { next, etag, read: readUnseen(answer, { ...options, name: url.origin }) };
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
    const failure = new TuttiError("HTTP_FAILED", `Cannot read "${shownUrl(url)}": ${messageOf(cause)}`, {
      fix: "see that the host can be reached, and resume",
      cause: error,
    });
    throw new PageFailure(failure, { hope: "good" });
  }
}

async function refused(
  response: Response,
  { url, now }: { readonly url: URL; readonly now: number },
): Promise<PageFailure> {
  const { status, headers } = response;
  await response.body?.cancel();
  const hope = hopeOf(status);
  const error = new TuttiError(
    status === 429 ? "QUOTA" : "HTTP_FAILED",
    `Cannot read "${shownUrl(url)}": the answer has status ${status}`,
    { fix: hope === "good" ? passing : "mend the URL or its headers, and resume" },
  );
  return new PageFailure(error, { hope, at: retryAt(headers.get("retry-after"), now) });
}

const passing = "see that the server is well and serves this caller, and resume";

function hopeOf(status: number): Hope {
  if ([408, 425, 429].includes(status)) return "good";
  if (status === 401 || status === 410) return "none";
  return status >= 500 && status !== 501 && status !== 505 ? "good" : "some";
}

interface AnswerOptions extends PageOptions {
  readonly url: URL;
}

async function answerOf(chunks: Chunks, options: AnswerOptions): Promise<Answer> {
  const { format } = options;
  if (format.kind !== "json") return decodedAnswer(chunks, { ...options, format });
  const text = await wholeText(chunks, options.url);
  const items = text.trim() === "" ? [] : itemsOf(text, { ...options, items: format.items });
  return listAnswer(items, options.maxBytes);
}

function decodedAnswer(
  chunks: Chunks,
  { format, maxBytes, url }: { readonly format: RecordFormat; readonly maxBytes: number; readonly url: URL },
): Answer {
  const decoder = createDecoder(format, { maxBytes, name: url.origin });
  const pull = createPull(chunks);
  let isOver = false;
  return {
    take: () => decoder.next() ?? (isOver ? decoder.last() : undefined),
    more: async (signal) => {
      const chunk = await pull(signal);
      if (chunk) decoder.feed(chunk);
      isOver = chunk === undefined;
      return !isOver;
    },
  };
}

function listAnswer(items: readonly Json[], maxBytes: number): Answer {
  let next = 0;
  return {
    take: (): Found | undefined => {
      if (next >= items.length) return undefined;
      next += 1;
      return recordOf(JSON.stringify(items[next - 1] ?? null), { line: next, maxBytes });
    },
    more: () => Promise.resolve(false),
  };
}

async function wholeText(chunks: Chunks, url: URL): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let chunk = await chunks(); chunk; chunk = await chunks()) {
    bytes += chunk.length;
    if (bytes > mostPageBytes)
      throw unreadable(url, {
        why: `a page has more than ${mostPageBytes} bytes`,
        fix: "ask for smaller pages, or for JSON lines, which are read one by one",
      });
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString();
}

interface ItemsOptions {
  readonly url: URL;
  readonly items: string;
  readonly scope: Scope;
}

function itemsOf(text: string, { url, items, scope }: ItemsOptions): readonly Json[] {
  const body = parsed(text, url);
  const fix = "name the list of records in `items`, such as body.items";
  try {
    const list = compileExpression(items).evaluateExact((name) => (name === "body" ? body : scope(name)));
    if (isList(list)) return list;
  } catch (error) {
    if (!isTuttiError(error)) throw error;
    throw unreadable(url, { why: error.message, fix, cause: error });
  }
  throw unreadable(url, { why: `"${items}" of the answer is no list`, fix });
}

function parsed(text: string, url: URL): Json {
  try {
    return parseExactJson(text);
  } catch (error) {
    const why = `the answer is no JSON: ${messageOf(error)}`;
    throw unreadable(url, { why, fix: "name the format that the answers have", cause: error });
  }
}

function unreadable(
  url: URL,
  { why, ...rest }: { readonly why: string; readonly fix: string; readonly cause?: unknown },
): TuttiError {
  return new TuttiError("SOURCE_UNREADABLE", `Cannot read "${shownUrl(url)}": ${why}`, rest);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
