import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { retryAt } from "./failures.ts";
import { createHttpExecutor } from "./http.ts";
import type { HttpRequest } from "./http.ts";
import type { Outcome } from "../../core/outcome.ts";
import { describeExecutorContract } from "../../testing/executor-contract.ts";
import { createTaskContext } from "../../testing/task-context.ts";
import type { TaskContextOptions } from "../../testing/task-context.ts";

interface Seen {
  readonly method: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that does what the path says, and remembers what it was asked. */
interface TestServer {
  readonly origin: string;
  readonly seen: readonly Seen[];
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

async function startServer(other?: () => string): Promise<TestServer> {
  const seen: Seen[] = [];
  let open = 0;
  const server: Server = createServer((request, response) => {
    open += 1;
    response.on("close", () => (open -= 1));
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({ method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(new URL(request.url ?? "/", "http://x"), { response, other: other?.() ?? "" });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    open: () => open,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Answer {
  readonly response: ServerResponse;
  readonly other: string;
}

function answer(url: URL, { response, other }: Answer): void {
  const number = Number(url.searchParams.get("n") ?? 0);
  const to = (url.searchParams.get("to") ?? "").replace("OTHER", other);
  const ways: Readonly<Record<string, () => void>> = {
    "/json": () => response.setHeader("content-type", "application/json").end('{"a":[1,2]}'),
    "/text": () => response.setHeader("set-cookie", "session=abc").end("plain text\n"),
    "/bytes": () => response.end(Buffer.of(0xff, 0xfe, 0x00, 0x41)),
    "/large": () => response.end("x".repeat(number)),
    "/status": () => {
      const retryAfter = url.searchParams.get("retry-after");
      if (retryAfter !== null) response.setHeader("retry-after", retryAfter);
      response.statusCode = number;
      response.end("words\u001b[31m of the server");
    },
    "/redirect": () => response.writeHead(number, { location: to }).end("moved"),
    "/circle": () => response.writeHead(302, { location: "/circle" }).end(),
    "/cut": () => {
      response.write("begin");
      setTimeout(() => response.destroy(), 20);
    },
    "/hang": () => {},
    "/stall": () => response.write("some"),
    "/drip": () => {
      let left = 8;
      const timer = setInterval(() => {
        response.write("x");
        if ((left -= 1) > 0) return;
        clearInterval(timer);
        response.end();
      }, 50);
    },
  };
  (ways[url.pathname] ?? (() => response.writeHead(404).end("nothing here")))();
}

let server: TestServer;
let elsewhere: TestServer;
beforeAll(async () => {
  elsewhere = await startServer();
  server = await startServer(() => elsewhere.origin);
});
afterAll(() => Promise.all([server.close(), elsewhere.close()]));

const now = Date.UTC(2026, 0, 1);
const executor = createHttpExecutor({ now: () => now });

function get(path: string, rest: Partial<HttpRequest> = {}): HttpRequest {
  return { kind: "http", method: "GET", url: server.origin + path, headers: {}, ...rest };
}

function call(request: HttpRequest, options: TaskContextOptions = {}): Promise<Outcome> {
  return executor.execute(request, createTaskContext(options).context);
}

describeExecutorContract("the http executor", async () => {
  const own = await startServer();
  const at = (path: string): HttpRequest => ({
    kind: "http",
    method: "GET",
    url: own.origin + path,
    headers: {},
  });
  return {
    executor,
    good: at("/json"),
    bad: at("/status?n=400"),
    endless: at("/hang"),
    large: (bytes) => at(`/large?n=${bytes}`),
    isRunning: () => own.open() > 0,
    isRemote: true,
    close: own.close,
  };
});

describe("an http step", () => {
  it("gives JSON as a value, anything else as text, and the status and headers as details", async () => {
    const json = await call(get("/json"));
    expect(json).toMatchObject({ ok: true, output: { a: [1, 2] }, details: { status: 200 } });
    const text = await call(get("/text"));
    expect(text.output).toBe("plain text");
    expect(text.details).toMatchObject({ headers: { "content-length": "11" } });
  });

  it("gives null for an answer without a body, unless a text is asked for", async () => {
    for (const path of ["/status?n=204", "/large?n=0"]) {
      expect((await call(get(path))).output).toBeNull();
      expect((await call(get(path), { policy: { schema: { type: "string" } } })).output).toBe("");
    }
  });

  it("keeps cookies out of the details", async () => {
    expect(JSON.stringify(await call(get("/text")))).not.toContain("session=abc");
  });

  it("sends its method, headers and body; what is no text as JSON", async () => {
    await call(get("/json", { method: "post", headers: { "X-A": "b" }, body: { a: "ü" } }));
    expect(server.seen.at(-1)).toMatchObject({
      method: "POST",
      body: '{"a":"ü"}',
      headers: { "x-a": "b", "content-type": "application/json" },
    });
    await call(get("/json", { method: "PUT", headers: { "Content-Type": "text/csv" }, body: "a,b" }));
    expect(server.seen.at(-1)).toMatchObject({
      method: "PUT",
      body: "a,b",
      headers: { "content-type": "text/csv" },
    });
  });

  it("moves a user and password in the URL to where HTTP takes them", async () => {
    const url = server.origin.replace("//", "//me:p%40ss@");
    await call(get("", { url: `${url}/json` }));
    const expected = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    expect(server.seen.at(-1)?.headers.authorization).toBe(expected);
  });

  it("stores bytes that are no text as they came", async () => {
    const { context, store } = createTaskContext();
    const outcome = await executor.execute(get("/bytes"), context);
    expect(outcome.output).toContain("\ufffd");
    expect([...(await store.get(outcome.artifacts?.["body"] ?? ""))]).toEqual([0xff, 0xfe, 0, 0x41]);
  });

  it("succeeds for the status codes that are expected, also for a redirect", async () => {
    expect((await call(get("/status?n=404", { expect: [404] }))).ok).toBe(true);
    expect((await call(get("/json", { expect: [201, 204] }))).failure?.fix).toBe("expected is 201 or 204");
    const moved = await call(get("/redirect?n=302&to=/json", { expect: [302] }));
    expect(moved).toMatchObject({ ok: true, details: { status: 302 } });
  });

  it("goes on as long as something comes within its idle time", async () => {
    expect(await call(get("/drip"), { policy: { idleMs: 250 } })).toMatchObject({
      ok: true,
      output: "xxxxxxxx",
    });
    expect((await call(get("/stall"), { policy: { idleMs: 100 } })).failure?.code).toBe("IDLE");
  });
});

describe("an http step that fails", () => {
  const rows: readonly (readonly [number, string, string])[] = [
    [400, "HTTP_FAILED", "failure"],
    [401, "HTTP_FAILED", "failure"],
    [404, "HTTP_FAILED", "failure"],
    [408, "HTTP_FAILED", "transient"],
    [429, "QUOTA", "quota"],
    [500, "HTTP_FAILED", "transient"],
    [501, "HTTP_FAILED", "failure"],
    [503, "HTTP_FAILED", "transient"],
  ];
  for (const [status, code, failureClass] of rows) {
    it(`has class ${failureClass} for status ${status}`, async () => {
      const outcome = await call(get(`/status?n=${status}`));
      expect(outcome).toMatchObject({
        ok: false,
        failure: { code, class: failureClass },
        details: { status },
      });
      expect(outcome.failure?.message).toContain(`status ${status}:\nwords of the server`);
      expect(outcome.failure).not.toHaveProperty("resetAt");
    });
  }

  it("tells when the server will serve again", async () => {
    expect((await call(get("/status?n=429&retry-after=120"))).failure?.resetAt).toBe(now + 120_000);
    const date = new Date(now + 60_000).toUTCString();
    expect((await call(get(`/status?n=503&retry-after=${date}`))).failure?.resetAt).toBe(now + 60_000);
    expect(retryAt("soon", now)).toBeUndefined();
    expect(retryAt("Thu, 01 Jan 1970 00:00:00 GMT", now)).toBe(now);
  });

  it("is transient when the network fails", async () => {
    const closed = await startServer();
    await closed.close();
    const refused = await call(get("", { url: `${closed.origin}/x` }));
    expect(refused.failure).toMatchObject({ code: "HTTP_FAILED", class: "transient" });
    expect(refused.failure?.message).toContain("nobody listens there");
    expect((await call(get("/cut"))).failure).toMatchObject({ code: "HTTP_FAILED", class: "transient" });
  });

  const refusals: Readonly<Record<string, Partial<HttpRequest>>> = {
    "a file URL": { url: "file:///etc/passwd" },
    "a data URL": { url: "data:text/plain,x" },
    "a relative URL": { url: "/x" },
    "an empty URL": { url: "" },
    "a header with a newline": { headers: { "X-A": "a\r\nX-B: b" } },
    "a header name with a space": { headers: { "X A": "a" } },
    "a header beyond Latin-1": { headers: { "X-A": "→" } },
    "a method with a newline": { method: "GET / HTTP/1.1\r\nX: y" },
    "a method for proxies": { method: "CONNECT" },
    "a body with GET": { body: "x" },
  };
  for (const [name, change] of Object.entries(refusals)) {
    it(`refuses ${name}`, async () => {
      const before = server.seen.length;
      expect((await call(get("/json", change))).failure).toMatchObject({
        code: "BAD_VALUE",
        class: "permanent",
      });
      expect(server.seen.length).toBe(before);
    });
  }

  it("names the path and a remedy", async () => {
    const { message, fix } = (await call(get("/none?a=b"))).failure ?? {};
    expect(message).toContain(`"GET ${server.origin}/none": the answer has status 404`);
    expect(fix).toMatch(/^mend the URL/);
    expect((await call(get("/status?n=500"))).failure?.fix).toMatch(/^see that the server/);
    expect((await call(get("", { url: "http://127.0.0.1:1/none" }))).failure?.message).toContain(":1/none");
  });

  it("names no user, password, query or header value in its messages", async () => {
    const secret = "s3cr3t";
    const requests = [
      get(`/status?n=500&key=${secret}`),
      get("/json", { headers: { "X-A": `${secret}\n` } }),
      get("", { url: `ftp://${secret}@host/` }),
      get("", { url: `http://${secret}:${secret}@127.0.0.1:1/?${secret}` }),
    ];
    for (const request of requests) expect((await call(request)).failure?.message).not.toContain(secret);
  });
});

describe("a redirect", () => {
  const secrets = { Authorization: "Bearer s3cr3t", Cookie: "a=b", "X-Api-Key": "s3cr3t", Accept: "text/x" };

  it("takes the headers along on the same origin", async () => {
    const outcome = await call(get("/redirect?n=302&to=/json", { headers: secrets }));
    expect(outcome.output).toEqual({ a: [1, 2] });
    expect(server.seen.at(-1)?.headers).toMatchObject({
      authorization: "Bearer s3cr3t",
      "x-api-key": "s3cr3t",
    });
  });

  it("takes none of the caller's headers to another origin", async () => {
    await call(get("/redirect?n=307&to=OTHER/json", { headers: secrets }));
    const { headers } = elsewhere.seen.at(-1) ?? { headers: {} };
    expect(headers).toMatchObject({ accept: "text/x" });
    expect(JSON.stringify(headers)).not.toContain("s3cr3t");
    expect(headers).not.toHaveProperty("cookie");
  });

  it("does not bring them back when it returns", async () => {
    const back = `OTHER/redirect?n=302&to=${encodeURIComponent(`${server.origin}/json`)}`;
    await call(get(`/redirect?n=302&to=${encodeURIComponent(back)}`, { headers: secrets }));
    expect(JSON.stringify(server.seen.at(-1)?.headers)).not.toContain("s3cr3t");
  });

  it("never takes a body to another origin", async () => {
    const before = elsewhere.seen.length;
    const outcome = await call(get("/redirect?n=307&to=OTHER/json", { method: "POST", body: "s3cr3t" }));
    expect(outcome.failure).toMatchObject({ code: "HTTP_FAILED", class: "permanent" });
    expect(elsewhere.seen.length).toBe(before);
  });

  it("turns POST into GET for 301, 302 and 303, and keeps it for 307 and 308", async () => {
    const last = async (status: number): Promise<Seen | undefined> => {
      await call(get(`/redirect?n=${status}&to=/json`, { method: "POST", body: { a: 1 } }));
      return server.seen.at(-1);
    };
    for (const status of [301, 302, 303]) {
      expect(await last(status)).toMatchObject({ method: "GET", body: "" });
      expect((await last(status))?.headers).not.toHaveProperty("content-type");
    }
    for (const status of [307, 308])
      expect(await last(status)).toMatchObject({ method: "POST", body: '{"a":1}' });
  });

  it("goes to http and https only, and not in circles", async () => {
    expect((await call(get("/redirect?n=302&to=file:///etc/passwd"))).failure?.code).toBe("BAD_VALUE");
    expect((await call(get("/circle"))).failure?.message).toContain("more than 10 redirects");
  });
});
