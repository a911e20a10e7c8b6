import { TuttiError } from "../../errors.ts";

const mostRedirects = 10;
/** Headers that say nothing about the caller. */
const harmless = new Set(["accept", "accept-language", "user-agent"]);

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** The origin that the headers are meant for: no other one gets them. */
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

/** The answer to GET, after redirects; its body is not read yet. */
export async function get(url: URL, options: GetOptions): Promise<Response> {
  let at = url;
  for (let turn = 0; turn <= mostRedirects; turn += 1) {
    const response = await options.fetch(at, {
      headers: headersFor(at, options),
      redirect: "manual",
      signal: options.signal,
    });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    at = parseUrl(location, at);
    at.username = "";
    at.password = "";
  }
  throw new TuttiError(
    "HTTP_FAILED",
    `Cannot read "${shownUrl(url)}": more than ${mostRedirects} redirects`,
    {
      fix: "name the final URL as the source",
    },
  );
}

function headersFor(url: URL, { headers, origin }: GetOptions): Headers {
  const all = Object.entries(headers);
  const isMeant = url.origin === origin;
  return new Headers(all.filter(([name]) => isMeant || harmless.has(name.toLowerCase())));
}

/** An absolute `http:` or `https:` URL; relative to `base` when given. What it holds may be a secret, and is not shown. */
export function parseUrl(address: string, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (!url)
    throw new TuttiError("BAD_VALUE", "Cannot read from the URL: it is not an absolute URL", {
      fix: "write https://host/path",
    });
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TuttiError("BAD_VALUE", `Cannot read from a "${url.protocol}" URL: only http: and https: are`, {
      fix: "use http or https, or a source of files",
    });
  return url;
}

const mostShown = 100;

/** As a message names it: query, user and password may be secrets. */
export function shownUrl({ origin, pathname }: URL): string {
  if (pathname === "/") return origin;
  return origin + (pathname.length > mostShown ? `${pathname.slice(0, mostShown)}…` : pathname);
}

/** The URL and headers of a call: a user and password in the URL go to where fetch takes them. */
export function credentialsApart(
  url: URL,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if ((username === "" && password === "") || hasOwn) return headers;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { ...headers, authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

/** The URL of the next page, as `Link: <…>; rel="next"` says it. */
export function nextPage(link: string | null, page: URL): URL | undefined {
  for (const [, address = "", rest = ""] of (link ?? "").matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:next\b|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i.test(rest)) return parseUrl(address, page);
  }
  return undefined;
}

/** When `Retry-After` (seconds, or a date) says to come back; ms since the epoch. */
export function retryAt(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return now + Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(now, date);
}
