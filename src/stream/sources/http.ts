import { credentialsApart, parseUrl, shownUrl } from "./http-call.ts";
import { openPage, PageFailure } from "./http-page.ts";
import type { HttpSource, Page } from "./http-page.ts";
import { positionOf, readTurn, withTaken } from "./http-turn.ts";
import type { Turn } from "./http-turn.ts";
import type { SourceOptions } from "./options.ts";
import { createPause, createPull } from "./wait.ts";
import { isTuttiError, TuttiError } from "../../errors.ts";
import type { Intake, SourceReader } from "../source.ts";

/** How often a page is asked for before the source fails; a continuous pipeline goes on asking. */
const mostTries = 5;
/** Answers that are none of records, before a round is complete again, with which a continuous pipeline fails. */
const mostOdd = 10;
const firstDelayMs = 1000;
const longestDelayMs = 60_000;

/**
 * Records that a server answers with, page by page as `Link: rel="next"` says. In a continuous pipeline it is asked again and again.
 *
 * What an answer begins with is passed over when it is the same as what was taken of that page before, be it in the round before, or
 * before a crash or a lost connection; all else is taken. So an answer that stays as it is gives nothing, and one that grows at
 * its end what is new.
 *
 * Redirects are followed at most ten times; another origin gets none of the headers that may tell who calls. 408, 425, 429, 5xx (but
 * 501 and 505) and failures on the way are tried again, not before `Retry-After`. Any other answer that is none of records fails the
 * source; in a continuous pipeline that has read before only the tenth in a row does, or 401 and 410.
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
  #page: Page | undefined;
  /** Failures in a row. */
  #tries = 0;
  /** Answers of this round that were none of records. */
  #odd = 0;
  /** The source was what it should be at least once. */
  #wasRead: boolean;
  #isOver = false;

  constructor(source: HttpSource, options: SourceOptions) {
    const { host } = options;
    this.#source = source;
    this.#options = options;
    this.#url = parseUrl(host.fill(source.url));
    const headers = Object.entries(source.headers).map(([name, text]) => [name, host.fill(text)]);
    this.#headers = credentialsApart(this.#url, Object.fromEntries(headers));
    this.#pause = createPause(host.clock);
    this.#turn = readTurn(options.position);
    this.#wasRead = options.position !== undefined;
  }

  async read(most: number, signal: AbortSignal): Promise<Intake> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#isOver) return { ...nothing, position: positionOf(this.#turn), ended: true };
      try {
        const intake = await this.#take(most, signal);
        if (intake) return intake;
      } catch (error) {
        if (signal.aborted) throw error;
        await this.#waitAfter(failureOf(error), signal);
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
    const intake = await this.#page.read?.(most, signal);
    this.#tries = 0;
    this.#wasRead = true;
    if (intake && !intake.ended) return intake;
    this.#turnOver(this.#page);
    return undefined;
  }

  #turnOver({ next, etag }: Page): void {
    const { no, taken, etag: known } = this.#turn;
    this.#page = undefined;
    if (next) {
      if (next.href === this.#address().href) throw circle(next);
      this.#turn = { page: next.href, no: no + 1, taken };
      return;
    }
    const { continuous, host } = this.#options;
    this.#odd = 0;
    this.#isOver = !continuous;
    if (!continuous) return;
    this.#turn = {
      page: null,
      no: 0,
      taken: taken.slice(0, no + 1),
      dueAt: host.clock.now() + this.#source.everyMs,
      // of several pages the later ones change without the first
      ...(no === 0 ? etagOf(etag ?? known) : {}),
    };
  }

  #address(): URL {
    const { page } = this.#turn;
    return page === null ? this.#url : parseUrl(page);
  }

  #openPage(): Promise<Page> {
    const { host, flow, fetch = globalThis.fetch } = this.#options;
    const turn = this.#turn;
    return openPage(this.#address(), {
      headers: { ...this.#headers, ...(turn.etag === undefined ? {} : { "if-none-match": turn.etag }) },
      origin: this.#url.origin,
      fetch,
      signal: this.#closing.signal,
      format: this.#source.format,
      maxBytes: flow.recordBytes,
      scope: host.scope,
      now: () => host.clock.now(),
      before: turn.taken[turn.no] ?? [],
      position: (marks) => {
        this.#turn = withTaken(turn, marks);
        return positionOf(this.#turn);
      },
    });
  }

  async #waitAfter({ error, hope, retryAt }: PageFailure, signal: AbortSignal): Promise<void> {
    const { host } = this.#options;
    const now = host.clock.now();
    this.#page = undefined;
    this.#tries += 1;
    if (hope !== "good") this.#odd += 1;
    if (!this.#mayTryAgain(hope)) throw error;
    if (this.#tries === 1) host.print(`${error.message}; it is tried again`, "stderr");
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (this.#tries - 1));
    const leastMs = hope === "good" ? 0 : this.#source.everyMs;
    // a later page may be gone by now: the round is begun anew
    if (hope !== "good" && this.#turn.page !== null)
      this.#turn = { page: null, no: 0, taken: this.#turn.taken };
    await this.#pause.wait(Math.max(0, (retryAt ?? now + Math.max(delayMs, leastMs)) - now), signal);
  }

  #mayTryAgain(hope: PageFailure["hope"]): boolean {
    const { continuous } = this.#options;
    if (hope === "good") return continuous || this.#tries < mostTries;
    const isFinal = hope === "none" && this.#turn.page === null;
    return continuous && this.#wasRead && !isFinal && this.#odd < mostOdd;
  }
}

function etagOf(etag: string | undefined): Pick<Turn, "etag"> {
  return etag === undefined ? {} : { etag };
}

const nothing = { records: [], bad: [], originOf: () => "" };

/** What else is thrown is a fault of tutti, or the end of a wait. */
function failureOf(error: unknown): PageFailure {
  if (error instanceof PageFailure) return error;
  if (isTuttiError(error)) return new PageFailure(error, { hope: "some" });
  throw error;
}

function circle(page: URL): PageFailure {
  const error = new TuttiError(
    "SOURCE_UNREADABLE",
    `Cannot read on at "${shownUrl(page)}": the next page is the page itself`,
    { fix: "mend the server's Link header" },
  );
  return new PageFailure(error, { hope: "none" });
}
