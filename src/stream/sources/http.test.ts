import { describe, expect, it } from "vitest";
import { serve, source } from "../../../test/source-server.ts";
import type { Answer } from "../../../test/source-server.ts";
import { openWorld, textsOf, whileTimePasses } from "../../../test/source-world.ts";
import { nextPage, retryAt } from "./http-call.ts";

const hash: unknown = expect.stringMatching(/^[\w-]{16}$/);
const json = { kind: "json", items: "body.items" } as const;

/** Two pages of three records each, the second in two chunks. */
const pages: Readonly<Record<string, Answer>> = {
  "/list": (response) =>
    response.setHeader("link", '</list?2>; rel="next", </list>; rel="first"').end("1\n2\n3\n"),
  "/list?2": (response) => {
    response.write("4\nx\n");
    response.end("6");
  },
};

describe("a server as a source", () => {
  it("gives the records of all pages, and goes on behind each", async () => {
    const { origin } = await serve(pages);
    const all = await (await openWorld(source(`${origin}/list`))).rest(1);
    expect(textsOf(all)).toEqual(["1", "2", "3", "4", "RECORD_SYNTAX", "6"]);
    expect(all[0]?.position).toMatchObject({ kind: "http", page: null, no: 0, taken: [[[1, hash]]] });
    for (const [index, { position }] of all.entries()) {
      const again = await openWorld(source(`${origin}/list`), { position });
      expect(textsOf(await again.rest(2))).toEqual(textsOf(all.slice(index + 1)));
    }
  });

  it("finds the next page from where the answer came from, after redirects", async () => {
    const { origin } = await serve({
      "/a": (response) => response.writeHead(302, { location: "/b/list" }).end(),
      "/b/list": (response) => response.setHeader("link", '<more>; rel="next"').end("1\n"),
      "/b/more": (response) => response.end("2\n"),
    });
    expect(textsOf(await (await openWorld(source(`${origin}/a`))).rest())).toEqual(["1", "2"]);
  });

  it("takes the list that an expression names, with all digits, and with what the run knows", async () => {
    const { origin } = await serve({
      "/a": (response) =>
        response.end('{"items":[{"id":12345678901234567890},[1.5],"long enough"],"none":1}'),
    });
    const opened = await openWorld(source(`${origin}/a`, { format: json }), { recordBytes: 30 });
    const all = await opened.rest(1);
    expect(textsOf(all)).toEqual(['{"id":12345678901234567890}', "[1.5]", '"long enough"']);
    const again = await openWorld(source(`${origin}/a`, { format: json }), {
      position: all[0]?.position ?? null,
    });
    expect(textsOf(await again.rest())).toEqual(["[1.5]", '"long enough"']);
    const scope = (name: string): unknown => (name === "inputs" ? { key: "items" } : undefined);
    const named = source(`${origin}/a`, { format: { kind: "json", items: "body[inputs.key]" } });
    expect((await (await openWorld(named, { scope })).rest()).length).toBe(3);
  });

  it("fails for an answer that has no such list", async () => {
    const { origin } = await serve({
      "/a": (response) => response.end('{"items":1}'),
      "/b": (response) => response.end("{"),
    });
    for (const path of ["/a", "/b"]) {
      const opened = await openWorld(source(origin + path, { format: json }));
      await expect(opened.rest()).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
    }
  });

  it("fills in secrets, and tells them to nobody but the origin that they are for", async () => {
    const other = await serve({ "/end": (response) => response.end("1") });
    const { origin, asked } = await serve({
      "/start": (response) => response.writeHead(302, { location: "/next" }).end(),
      "/next": (response) => response.writeHead(307, { location: `${other.origin}/end` }).end(),
    });
    const url = `${origin.replace("//", "//me:<pass>@")}/start`;
    const opened = await openWorld(source(url, { headers: { "x-key": "<pass>", Accept: "text/x" } }), {
      fill: (text) => text.replace("<pass>", "s3cret"),
    });
    const [only] = await opened.rest();
    expect(only?.text).toBe("1");
    expect(JSON.stringify(only)).not.toContain("s3cret");
    const authorization = `Basic ${Buffer.from("me:s3cret").toString("base64")}`;
    for (const { headers } of asked)
      expect(headers).toMatchObject({ "x-key": "s3cret", authorization, accept: "text/x" });
    expect(other.asked[0]?.headers).toMatchObject({ accept: "text/x" });
    expect(other.asked[0]?.headers).not.toHaveProperty("authorization");
    expect(other.asked[0]?.headers).not.toHaveProperty("x-key");
  });

  it("tries again what may go well later, and passes over what it has of a page that broke off", async () => {
    const { origin, asked } = await serve({
      "/a": (response, _request, turn) => {
        if (turn === 0) response.writeHead(503, { "retry-after": "30" }).end();
        else if (turn === 1) response.write("1\n2\n", () => response.destroy());
        else response.end("1\n2\n3\n");
      },
    });
    const opened = await openWorld(source(`${origin}/a`));
    const startedAt = opened.clock.now();
    expect(textsOf(await whileTimePasses(opened.clock, opened.rest()))).toEqual(["1", "2", "3"]);
    expect(opened.clock.now() - startedAt).toBe(31_000);
    expect([asked.length, opened.printed.length]).toEqual([3, 2]);
  });

  it("fails when it fails too often, or for good", async () => {
    const { origin, asked } = await serve({
      "/busy": (response) => response.writeHead(429).end(),
      "/circle": (response) => response.writeHead(302, { location: "/circle" }).end(),
      "/same": (response) => response.setHeader("link", "</same>;rel=next").end(),
    });
    const busy = await openWorld(source(`${origin}/busy`));
    await expect(whileTimePasses(busy.clock, busy.rest())).rejects.toMatchObject({ code: "QUOTA" });
    expect(asked.length).toBe(5);
    for (const [path, code] of [
      ["/none", "HTTP_FAILED"],
      ["/circle", "HTTP_FAILED"],
      ["/same", "SOURCE_UNREADABLE"],
    ] as const) {
      const opened = await openWorld(source(origin + path));
      await expect(opened.rest()).rejects.toMatchObject({ code });
    }
    await expect(openWorld(source("file:///etc/passwd"))).rejects.toMatchObject({ code: "BAD_VALUE" });
    await expect(openWorld(source("/list"))).rejects.toMatchObject({ code: "BAD_VALUE" });
  });

  it("names path and remedy in what it says of failures, and nothing that may be secret", async () => {
    const { origin } = await serve({
      "/a?key=s3cret": (response) => response.writeHead(404).end(),
      "/b?key=s3cret": (response) => response.writeHead(500).end(),
      "/c?key=s3cret": (response) => response.end("{"),
      "/d?key=s3cret": (response) => response.end("{}"),
    });
    const said = [
      ["/a", "the answer has status 404", "mend the URL"],
      ["/b", "the answer has status 500", "see that the server is well"],
      ["/c", "the answer is no JSON", "name the format"],
      ["/d", "body.items", "name the list"],
    ] as const;
    for (const [path, why, remedy] of said) {
      const url = `${origin.replace("//", "//me:s3cret@")}${path}?key=s3cret`;
      const opened = await openWorld(source(url, { format: json }));
      const error: unknown = await whileTimePasses(opened.clock, opened.rest()).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({
        message: expect.stringContaining(`Cannot read "${origin}${path}": `) as unknown,
        fix: expect.stringContaining(remedy) as unknown,
      });
      expect(String(error)).toContain(why);
      expect(String(error)).not.toContain("s3cret");
    }
  });

  it("stops waiting when it is told to or closed", async () => {
    const { origin } = await serve({ "/hang": () => {} });
    const opened = await openWorld(source(`${origin}/hang`));
    const stop = new AbortController();
    const read = opened.reader.read(1, stop.signal);
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    await opened.reader.close();
  });
});

describe("what headers say", () => {
  it.each([
    ['<b>; rel="next"', "http://h/b"],
    ['<http://o/x?a=1,2>; rel=next; title="a, b"', "http://o/x?a=1,2"],
    ['<b>; rel="prev", <c>; title="x"; rel="last next"', "http://h/c"],
    ['<b>; rel="nexto"', undefined],
    [null, undefined],
  ])("the next page: %s", (link, expected) => {
    expect(nextPage(link, new URL("http://h/a"))?.href).toBe(expected);
  });

  it("when to come back", () => {
    expect(retryAt("2", 1000)).toBe(3000);
    expect(retryAt("Thu, 01 Jan 1970 00:00:09 GMT", 1000)).toBe(9000);
    expect([retryAt("soon", 0), retryAt(null, 0)]).toEqual([undefined, undefined]);
  });
});
