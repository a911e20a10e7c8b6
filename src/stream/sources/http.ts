import { credentialsApart, parseUrl } from "./http-call.ts";
import { openPage, TemporaryFailure } from "./http-page.ts";
import type { HttpSource, Page } from "./http-page.ts";
import type { SourceOptions } from "./options.ts";
import { isCount, readPosition } from "./position.ts";
import { createPause, createPull } from "./wait.ts";
import { TuttiError } from "../../errors.ts";
import type { JsonObject } from "../../expression/json.ts";
import type { Intake, SourceReader } from "../source.ts";

/** How often a page is asked for before the source fails; a continuous pipeline goes on asking. */
const mostTries = 5;
const firstDelayMs = 1000;
const longestDelayMs = 60_000;

/** Where a reader is: records of a page that were taken. */
interface Turn {
  /** Null: the URL of the source, which may hold secrets. */
  readonly page: string | null;
  readonly taken: number;
  /** Of the first page as it was read last. */
  readonly etag?: string;
  /** Not to be asked before; ms since the epoch. */
  readonly dueAt?: number;
}

/**
 * Records that a server answers with, page by page as `Link: rel="next"` says. In a continuous pipeline it is asked again and again;
 * each answer gives all its records, unless the server says by its ETag that it is the same.
 *
 * Redirects are followed at most ten times; another origin gets none of the headers that may tell who calls. 408, 425, 429, 5xx (but
 * 501 and 505) and failures on the way are tried again, not before `Retry-After`. A page that broke off, or was not taken to its end
 * before a crash, is asked for again, and what was taken of it is passed over.
 */
export function openHttp(source: HttpSource, options: SourceOptions): SourceReader {
  return new HttpReader(source, options);
}

class HttpReader implements SourceReader {
  readonly #source: HttpSource;
  readonly #options: SourceOptions;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #closing = new AbortController();
  readonly #pause;
  readonly #open = createPull(() => this.#openPage());
  #turn: Turn;
  /** Of the first page of this round. */
  #etag: string | undefined;
  #page: Page | undefined;
  #tries = 0;
  #isOver = false;

  constructor(source: HttpSource, options: SourceOptions) {
    const { host } = options;
    this.#source = source;
    this.#options = options;
    this.#url = parseUrl(host.fill(source.url));
    const headers = Object.entries(source.headers).map(([name, text]) => [name, host.fill(text)]);
    this.#headers = credentialsApart(this.#url, Object.fromEntries(headers));
    this.#pause = createPause(host.clock);
    this.#turn = readPosition(options.position, { kind: "http", parse: parseTurn }) ?? {
      page: null,
      taken: 0,
    };
    this.#etag = this.#turn.etag;
  }

  async read(most: number, signal: AbortSignal): Promise<Intake> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#isOver) return { ...nothing, position: positionOf(this.#turn), ended: true };
      try {
        const intake = await this.#take(most, signal);
        if (intake) return intake;
      } catch (error) {
        if (!(error instanceof TemporaryFailure)) throw error;
        await this.#waitFor(error, signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the source was closed"));
  }

  /** Undefined: a page is over. */
  async #take(most: number, signal: AbortSignal): Promise<Intake | undefined> {
    const { clock } = this.#options.host;
    const { dueAt } = this.#turn;
    if (!this.#page && dueAt !== undefined && dueAt > clock.now())
      await this.#pause.wait(dueAt - clock.now(), signal);
    this.#page ??= await this.#open(signal);
    const intake = await this.#page?.read(most, signal);
    this.#tries = 0;
    if (intake && !intake.ended) return intake;
    this.#turnOver();
    return undefined;
  }

  #turnOver(): void {
    const { next, etag } = this.#page ?? {};
    if (this.#turn.page === null) this.#etag = etag ?? this.#turn.etag;
    this.#page = undefined;
    if (next) {
      if (next.href === this.#address().href) throw circle(next);
      this.#turn = { page: next.href, taken: 0, ...this.#withEtag() };
      return;
    }
    const { continuous, host } = this.#options;
    this.#isOver = !continuous;
    if (!continuous) return;
    this.#turn = {
      page: null,
      taken: 0,
      dueAt: host.clock.now() + this.#source.everyMs,
      ...this.#withEtag(),
    };
  }

  #withEtag(): Pick<Turn, "etag"> {
    return this.#etag === undefined ? {} : { etag: this.#etag };
  }

  #address(): URL {
    const { page } = this.#turn;
    return page === null ? this.#url : parseUrl(page);
  }

  #openPage(): Promise<Page | undefined> {
    const { host, flow, fetch = globalThis.fetch } = this.#options;
    const turn = this.#turn;
    const isSame = turn.page === null && turn.taken === 0 && turn.etag !== undefined;
    return openPage(this.#address(), {
      headers: { ...this.#headers, ...(isSame ? { "if-none-match": turn.etag } : {}) },
      origin: this.#url.origin,
      fetch,
      signal: this.#closing.signal,
      format: this.#source.format,
      maxBytes: flow.recordBytes,
      scope: host.scope,
      now: () => host.clock.now(),
      skip: turn.taken,
      position: (taken) => {
        this.#turn = { ...this.#turn, taken };
        return positionOf(this.#turn);
      },
    });
  }

  async #waitFor({ error, retryAt }: TemporaryFailure, signal: AbortSignal): Promise<void> {
    const { continuous, host } = this.#options;
    this.#page = undefined;
    this.#tries += 1;
    if (!continuous && this.#tries >= mostTries) throw error;
    if (this.#tries === 1) host.print(`${error.message}; it is tried again`, "stderr");
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#tries - 1));
    await this.#pause.wait(Math.max(0, (retryAt ?? host.clock.now() + delayMs) - host.clock.now()), signal);
  }
}

const nothing = { records: [], bad: [], originOf: () => "" };

function positionOf(turn: Turn): JsonObject {
  return { kind: "http", ...turn };
}

function parseTurn({ page, taken, etag, dueAt }: JsonObject): Turn | undefined {
  if (!isCount(taken) || (page !== null && typeof page !== "string")) return undefined;
  return {
    page,
    taken,
    ...(typeof etag === "string" ? { etag } : {}),
    ...(isCount(dueAt) ? { dueAt } : {}),
  };
}

function circle(page: URL): TuttiError {
  return new TuttiError(
    "SOURCE_UNREADABLE",
    `Cannot read on at "${page.origin}": the next page is the page itself`,
    {
      fix: "mend the server's Link header",
    },
  );
}
