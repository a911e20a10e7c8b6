import { describe, expect, it } from "vitest";
import { serve, source } from "../../../test/source-server.ts";
import { openWorld, textsOf } from "../../../test/source-world.ts";
import type { Json } from "../../expression/json.ts";

const json = { kind: "json", items: "body.items" } as const;

describe("a server as a continuous source", () => {
  it("is asked again after its time, and gives nothing when it says that it is the same", async () => {
    const { origin, asked } = await serve({
      "/a": (response, { headers }, turn) => {
        const etag = turn < 3 ? '"1"' : '"2"';
        if (headers["if-none-match"] === etag) response.writeHead(304).end();
        else response.setHeader("etag", etag).end(`${turn}\n`);
      },
    });
    const opened = await openWorld(source(`${origin}/a`), { continuous: true });
    const startedAt = opened.clock.now();
    expect(textsOf(await opened.next())).toEqual(["0"]);
    const [second] = await opened.next();
    expect(second?.text).toBe("3");
    expect(opened.clock.now() - startedAt).toBe(3 * 60_000);
    expect(asked.length).toBe(4);
  });

  it("gives nothing of an answer that stays as it is, and what is new of one that grows at its end", async () => {
    const answers = ["1\n2\n", "1\n2\n", "1\n2\n3\n", "", "4\n1\n2\n", "4\n1\n", "4\nx\n"];
    const { origin, asked } = await serve({
      "/a": (response, _request, turn) => response.end(answers[turn] ?? "4\nx\n5\n"),
    });
    const opened = await openWorld(source(`${origin}/a`), { continuous: true });
    const given: (readonly string[])[] = [];
    while (given.length < 6) given.push(textsOf(await opened.next()));
    expect(given).toEqual([["1", "2"], ["3"], ["4", "1", "2"], ["4", "1"], ["4", "RECORD_SYNTAX"], ["5"]]);
    expect(asked.length).toBe(8);
  });

  it("knows again each page of a list", async () => {
    const { origin } = await serve({
      "/a": (response) => response.setHeader("link", '</b>; rel="next"').setHeader("etag", '"1"').end("1\n"),
      "/b": (response, _request, turn) => response.end(turn < 2 ? "2\n" : "2\n3\n"),
    });
    const opened = await openWorld(source(`${origin}/a`), { continuous: true });
    expect(textsOf(await opened.next())).toEqual(["1"]);
    expect(textsOf(await opened.next())).toEqual(["2"]);
    expect(textsOf(await opened.next())).toEqual(["3"]);
  });

  it("passes over after a crash what provably was taken, and nothing else", async () => {
    const answers = ["1\n2\n3\n", "1\n2\n3\n4\n", "6\n", "7\n8\n9\n", "7\n8\n", "1\n2\n"];
    const { origin } = await serve({
      "/a": (response, _request, turn) => response.end(answers[turn]),
    });
    let position: Json = null;
    const given: (readonly string[])[] = [];
    while (given.length < answers.length) {
      const opened = await openWorld(source(`${origin}/a`), {
        continuous: true,
        ...(position === null ? {} : { position }),
      });
      const taken = await opened.next();
      await opened.reader.close();
      position = taken[0]?.position ?? null;
      given.push(textsOf(taken));
    }
    expect(given).toEqual([["1", "2", "3"], ["4"], ["6"], ["7", "8", "9"], ["7", "8"], ["1", "2"]]);
  });

  it("takes an empty answer for no records", async () => {
    const { origin } = await serve({
      "/a": (response, _request, turn) => {
        if (turn === 0) response.writeHead(204).end();
        else response.end(turn === 1 ? "\n" : "[1]");
      },
    });
    const everything = { kind: "json", items: "body" } as const;
    const opened = await openWorld(source(`${origin}/a`, { format: everything }), { continuous: true });
    expect(textsOf(await opened.next())).toEqual(["1"]);
    expect(opened.printed).toEqual([]);
  });

  it("outlives answers that are none of records, but not ten of them, nor the word that it is gone", async () => {
    const { origin, asked } = await serve({
      "/a": (response, _request, turn) => {
        if (turn === 3) response.writeHead(404).end();
        else response.end(turn === 2 ? "<html>" : `{"items":[${turn}]}`);
      },
      "/b": (response, _request, turn) => {
        if (turn === 0) response.end('{"items":[0]}');
        else response.end("{}");
      },
      "/c": (response, _request, turn) => {
        if (turn === 0) response.end('{"items":[0]}');
        else response.writeHead(410).end();
      },
    });
    const opened = await openWorld(source(`${origin}/a`, { format: json }), { continuous: true });
    for (const text of ["0", "1", "4"]) expect(textsOf(await opened.next())).toEqual([text]);
    expect(opened.printed).toEqual([
      expect.stringMatching(/\/a": the answer is no JSON.*it is tried again$/),
    ]);
    for (const [path, times] of [
      ["/b", 11],
      ["/c", 2],
    ] as const) {
      const failing = await openWorld(source(origin + path, { format: json }), { continuous: true });
      expect(textsOf(await failing.next())).toEqual(["0"]);
      await expect(failing.next()).rejects.toMatchObject({
        message: expect.stringContaining(path) as unknown,
      });
      expect(asked.filter(({ url }) => url === path).length).toBe(times);
    }
    const wrong = await openWorld(source(`${origin}/none`), { continuous: true });
    await expect(wrong.next()).rejects.toMatchObject({ code: "HTTP_FAILED" });
  });

  it("begins the round anew when a later page is gone", async () => {
    const { origin } = await serve({
      "/a": (response, _request, turn) => response.setHeader("link", `</a?${turn}>; rel="next"`).end("1\n"),
      "/a?1": (response) => response.end("2\n"),
    });
    const opened = await openWorld(source(`${origin}/a`), { continuous: true });
    expect(textsOf(await opened.next())).toEqual(["1"]);
    expect(textsOf(await opened.next())).toEqual(["2"]);
  });

  it("goes on trying, also after a crash not before it is due", async () => {
    const { origin } = await serve({
      "/a": (response, _request, turn) => (turn < 9 ? response.writeHead(500).end() : response.end("1\n")),
    });
    const opened = await openWorld(source(`${origin}/a`), { continuous: true });
    expect(textsOf(await opened.next())).toEqual(["1"]);
    expect(opened.printed.length).toBe(1);
    const dueAt = opened.clock.now() + 5000;
    const later = await openWorld(source(`${origin}/a`), {
      continuous: true,
      clock: opened.clock,
      position: { kind: "http", page: null, no: 0, taken: [], dueAt },
    });
    expect(textsOf(await later.next())).toEqual(["1"]);
    expect(later.clock.now()).toBe(dueAt);
  });
});
