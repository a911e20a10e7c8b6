import { connect } from "node:net";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { openWorld, takenOf, textsOf } from "../../../test/source-world.ts";
import type { OpenedSource, SourceWorld } from "../../../test/source-world.ts";
import { Posts } from "./posts.ts";
import type { RecordFormat } from "../../language/pipeline.ts";

interface Listening extends OpenedSource {
  readonly url: string;
  post(body: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<Answered>;
}

interface Answered {
  readonly status: number | undefined;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function listen(world: SourceWorld = {}, format: RecordFormat = { kind: "jsonl" }): Promise<Listening> {
  const opened = await openWorld(
    { kind: "listen", port: 0, path: "/in", format },
    { continuous: true, ...world },
  );
  const url = opened.printed[0]?.split(" ").at(-1) ?? "";
  return { ...opened, url, post: (body, headers = {}) => send(url, { method: "POST", headers, body }) };
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** `fetch` would not let a test name its host or origin. */
function send(url: string, { method, headers, body }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString().trimEnd();
        resolve({ status: response.statusCode, text, headers: response.headers });
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}

describe("an endpoint as a source", () => {
  it("says 202 when all records of a post are durable, not before", async () => {
    const source = await listen();
    const answered: unknown[] = [];
    const posted = source.post("1\n2\n3").then((answer) => answered.push(answer.status));
    const first = await source.read(2);
    const second = await source.read(2);
    expect([...first.records, ...second.records]).toEqual(["1", "2", "3"]);
    expect(takenOf(second)[0]).toMatchObject({ origin: "post 1:3", position: { kind: "listen" } });
    second.settled?.(true);
    expect(answered).toEqual([]);
    first.settled?.(true);
    await posted;
    expect(answered).toEqual([202]);
  });

  it("says 503 when they will not be, also when it is closed", async () => {
    const source = await listen();
    const one = source.post("1\n");
    (await source.read(1)).settled?.(false);
    expect((await one).status).toBe(503);
    const two = source.post("2\n3\n");
    await source.read(1);
    const closed = source.reader.close();
    expect((await two).status).toBe(503);
    await closed;
  });

  it("takes JSON as one record or a list of them, and the formats of files", async () => {
    const source = await listen();
    const type = { "content-type": "application/json; charset=utf-8" };
    for (const [body, records] of [
      ['{"id": 12345678901234567890}', ['{"id":12345678901234567890}']],
      ["[1,\n[2]]", ["1", "[2]"]],
    ] as const) {
      const posted = source.post(body, type);
      const intake = await source.read();
      intake.settled?.(true);
      expect([intake.records, (await posted).status]).toEqual([records, 202]);
    }
    expect(await source.post("[]", type)).toMatchObject({ status: 202, text: "0 records" });
    const rows = await listen({}, { kind: "csv", separator: "," });
    const posted = rows.post("a\n1\n");
    const intake = await rows.read();
    intake.settled?.(true);
    expect([intake.records, (await posted).status]).toEqual([['{"a":"1"}'], 202]);
  });

  it("takes nothing of a post of which something cannot be read", async () => {
    const source = await listen({ recordBytes: 5 });
    expect(await source.post("1\n{\n1234567\n")).toMatchObject({
      status: 400,
      text: expect.stringMatching(/^line 2: .*\nline 3: it has more than 5 bytes$/),
    });
    expect((await source.post("[1", { "content-type": "application/json" })).status).toBe(400);
    expect((await source.post(Buffer.of(0xff))).status).toBe(400);
    const posted = source.post("7");
    const intake = await source.read();
    intake.settled?.(true);
    expect([textsOf(takenOf(intake)), (await posted).status]).toEqual([["7"], 202]);
  });

  it("is closed to browsers, to other names, other paths and other methods", async () => {
    const source = await listen();
    expect((await source.post("1", { origin: "http://127.0.0.1" })).status).toBe(403);
    expect((await source.post("1", { "sec-fetch-site": "none" })).status).toBe(403);
    expect((await source.post("1", { host: "evil.example" })).status).toBe(403);
    expect((await source.post("1", { "content-encoding": "gzip" })).status).toBe(415);
    expect((await send(source.url, { method: "GET", headers: {} })).headers).toMatchObject({ allow: "POST" });
    expect((await send(`${source.url}/x`, { method: "POST", headers: {}, body: "1" })).status).toBe(404);
    const preflight = await send(source.url, { method: "OPTIONS", headers: { origin: "http://x" } });
    expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
  });

  it("refuses a body that is too large, announced or not", async () => {
    const source = await listen();
    const body = Buffer.alloc(5_000_000, 0x0a);
    expect((await source.post("", { "content-length": String(body.length) })).status).toBe(413);
    expect((await source.post(body, { "transfer-encoding": "chunked" })).status).toBe(413);
  });

  it("asks to come back later while too much waits", async () => {
    const source = await listen();
    const line = `"${"x".repeat(1_000_000)}"\n`;
    const posts = Array.from({ length: 5 }, () => source.post(line.repeat(4)));
    expect(await Promise.race(posts)).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
    for (let taken = 0; taken < 16;) {
      const intake = await source.read();
      taken += intake.records.length;
      intake.settled?.(true);
    }
    const answers = await Promise.all(posts);
    expect(answers.filter(({ status }) => status === 202).length).toBe(4);
  });

  it("is refused where its port is taken", async () => {
    const { url } = await listen();
    const again = openWorld({
      kind: "listen",
      port: Number(new URL(url).port),
      path: "/",
      format: { kind: "jsonl" },
    });
    await expect(again).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  });

  it("cannot be reached but through loopback", async () => {
    const { url } = await listen();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    expect(socket.remoteAddress).toBe("127.0.0.1");
    socket.destroy();
  });
});

describe("posts", () => {
  const { signal } = new AbortController();

  it("of somebody who has gone are dropped, unless they were begun", async () => {
    const posts = new Posts();
    const [early, late] = [new AbortController(), new AbortController()];
    const dropped = posts.put(["1"], early.signal);
    const begun = posts.put(["2", "3"], late.signal);
    early.abort();
    expect(await dropped).toBe(false);
    const intake = await posts.read(1, signal);
    late.abort();
    intake.settled?.(true);
    const rest = await posts.read(1, signal);
    rest.settled?.(true);
    expect([intake.records, rest.records, await begun]).toEqual([["2"], ["3"], true]);
    expect(await posts.put(["4"], early.signal)).toBe(false);
  });

  it("are not taken when it is over", async () => {
    const posts = new Posts();
    const waiting = posts.put(["1"], signal);
    posts.end();
    expect([await waiting, await posts.put(["2"], signal)]).toEqual([false, false]);
  });

  it("have room for one body of any size, and for no more than the bound", () => {
    const posts = new Posts();
    const release = posts.hold(100_000_000);
    expect(posts.hold(1)).toBeUndefined();
    release?.();
    expect(posts.hold(1)).toBeDefined();
  });
});
