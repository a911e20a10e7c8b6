import type { HttpRequest } from "./http.ts";
import { excerpt } from "../failed.ts";
import { messageOf, TuttiError } from "../../errors.ts";

/** One HTTP call, ready to be made. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/**
 * The call of a request. A body that is no text is sent as JSON; a user and password in the URL become basic
 * authorization. Throws BAD_VALUE for what cannot be sent, never showing a value that may be a secret.
 */
export function buildCall(request: HttpRequest): Call {
  const url = parseUrl(request.url);
  const headers = parseHeaders(request.headers);
  useCredentials(url, headers);
  return { method: methodOf(request), url, headers, body: bodyOf(request, headers) };
}

function methodOf({ method, body }: HttpRequest): string {
  const name = method.toUpperCase();
  if (!/^[A-Z]+$/.test(name) || ["CONNECT", "TRACE", "TRACK"].includes(name)) {
    throw badValue(
      `Cannot use the method "${excerpt(method)}": it is none that can be called`,
      "use GET, POST, …",
    );
  }
  if (body !== undefined && (name === "GET" || name === "HEAD")) {
    throw badValue(
      `Cannot send a body with "${name}": HTTP gives it no meaning`,
      "use POST, or leave it out",
    );
  }
  return name;
}

function bodyOf({ body }: HttpRequest, headers: Headers): string | undefined {
  if (body === undefined || typeof body === "string") return body;
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  return JSON.stringify(body);
}

/** Moves a URL's user and password to where fetch takes them. */
function useCredentials(url: URL, headers: Headers): void {
  if (url.username === "" && url.password === "") return;
  const user = `${unescaped(url.username)}:${unescaped(url.password)}`;
  if (!headers.has("authorization")) {
    headers.set("authorization", `Basic ${Buffer.from(user).toString("base64")}`);
  }
  url.username = "";
  url.password = "";
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An absolute `http:` or `https:` URL; relative to `base` when given. */
export function parseUrl(address: string, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (!url) throw badValue("Cannot call the URL: it is not an absolute URL", "write https://host/path");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw badValue(
      `Cannot call a "${excerpt(url.protocol)}" URL: only http: and https: are`,
      "use http or https",
    );
  }
  return url;
}

function parseHeaders(given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    try {
      // Headers takes control characters, which the connection then refuses.
      if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) throw new TypeError("header value");
      headers.set(name, value);
    } catch (error) {
      const why = messageOf(error).includes("header name") ? "its name" : "its value";
      throw badValue(
        `Cannot send the header "${excerpt(name)}": ${why} holds characters that no header may`,
        "remove newlines, control characters and what is not Latin-1",
      );
    }
  }
  return headers;
}

function badValue(message: string, fix: string): TuttiError {
  return new TuttiError("BAD_VALUE", message, { fix });
}
