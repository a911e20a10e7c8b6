import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { openWorld, textsOf } from "../../../test/source-world.ts";
import { isTuttiError } from "../../errors.ts";
import { rawNumber } from "../../expression/exact.ts";
import type { JsonObject } from "../../expression/json.ts";

const list = { kind: "list", items: "${ a }" } as const;
const jsonl = { kind: "jsonl" } as const;

describe("a list as a source", () => {
  it("gives its items, and goes on behind each", async () => {
    const value = [1, { a: "ü\n" }, null, rawNumber("12345678901234567890")];
    const all = await (await openWorld(list, { value })).rest(1);
    expect(textsOf(all)).toEqual(["1", '{"a":"ü\\n"}', "null", "12345678901234567890"]);
    expect(all[1]?.origin).toBe("list:2");
    for (const [index, { position }] of all.entries()) {
      const again = await openWorld(list, { value, position });
      expect(textsOf(await again.rest(2))).toEqual(textsOf(all.slice(index + 1)));
    }
  });

  it("has bad records: those that are too long", async () => {
    const source = await openWorld(list, { value: ["x".repeat(50), "y"], recordBytes: 50 });
    expect(textsOf(await source.rest())).toEqual(["RECORD_TOO_LONG", '"y"']);
  });

  it("is refused when it is none, or has become shorter", async () => {
    await expect(openWorld(list, { value: "a" })).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
    await expect(openWorld(list, {})).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
    const position = { kind: "list", next: 2 };
    await expect(openWorld(list, { value: [1], position })).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
    });
  });
});

describe("what another run came to as a source", () => {
  it("gives the items of the only list of a run of which no node is named", async () => {
    const run = { kind: "run", run: "r1" } as const;
    const source = await openWorld(run, { value: { scan: [1, 2], sum: { n: 2 } } });
    expect(textsOf(await source.rest())).toEqual(["1", "2"]);
    const fixOf = (value: JsonObject) =>
      openWorld(run, { value }).then(
        () => undefined,
        (error: unknown) => (isTuttiError(error) ? [error.code, error.fix] : undefined),
      );
    expect(await fixOf({ scan: [1], other: [] })).toEqual([
      "SOURCE_UNREADABLE",
      "name the node whose output is meant, as in `{run: r1, node: scan}`; it gave scan, other",
    ]);
    expect(await fixOf({ sum: 5 })).toEqual(["SOURCE_UNREADABLE", expect.stringContaining("node: sum")]);
  });

  it("gives the items of a list, and anything else as one record", async () => {
    const run = { kind: "run", run: "r1", node: "scan" } as const;
    expect(textsOf(await (await openWorld(run, { value: [1, 2] })).rest())).toEqual(["1", "2"]);
    const [only] = await (await openWorld(run, { value: { a: 1 } })).rest();
    expect([only?.text, only?.origin]).toEqual(['{"a":1}', "r1:1"]);
  });
});

describe("standard input as a source", () => {
  const stdin = { kind: "stdin", format: jsonl } as const;

  it("gives its records as they come, and ends with it", async () => {
    const input = new Readable({ read: () => {} });
    const source = await openWorld(stdin, { stdin: () => input });
    const waiting = source.read();
    input.push("1\n2\n3");
    expect((await waiting).records).toEqual(["1", "2"]);
    const stop = new AbortController();
    const given = source.reader.read(1, stop.signal);
    stop.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    input.push("4\n");
    input.push(null);
    const [taken, ...more] = await source.rest();
    expect([taken?.text, taken?.origin, taken?.position, more]).toEqual([
      "34",
      "stdin:3",
      { kind: "stdin" },
      [],
    ]);
  });

  it("reads no further than is asked for", async () => {
    let chunks = 0;
    const line = `${"1".repeat(9)}\n`;
    const input = new Readable({
      highWaterMark: 65_536,
      read() {
        chunks += 1;
        this.push(line.repeat(1000));
      },
    });
    const source = await openWorld(stdin, { stdin: () => input });
    for (let turn = 0; turn < 5; turn += 1) await source.read(10);
    expect(chunks).toBeLessThan(20);
  });

  it("is let go of when it is closed, also while it is read", async () => {
    const input = new Readable({ read: () => {} });
    const source = await openWorld(stdin, { stdin: () => input });
    const stop = new AbortController();
    const read = source.reader.read(1, stop.signal);
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    await source.reader.close();
    expect(input.destroyed).toBe(true);
  });

  it("is refused where there is none", async () => {
    await expect(openWorld(stdin)).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  });
});
