import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDecoder } from "./decode.ts";
import type { Decoded, DecoderPlace, RecordDecoder } from "./decode.ts";
import { isTuttiError } from "../../errors.ts";
import type { RecordFormat } from "../../language/pipeline.ts";

const jsonl: RecordFormat = { kind: "jsonl" };
const lines: RecordFormat = { kind: "lines" };
const csv: RecordFormat = { kind: "csv", separator: "," };

interface Reading {
  readonly maxBytes?: number;
  readonly from?: DecoderPlace;
  /** Sizes of the chunks, over and over. */
  readonly sizes?: readonly number[];
}

interface Found {
  readonly decoded: Decoded;
  /** Behind it. */
  readonly place: DecoderPlace;
}

function decode(
  input: string | Uint8Array,
  format: RecordFormat,
  { maxBytes = 1000, from, sizes = [1_000_000] }: Reading = {},
): Found[] {
  const decoder = createDecoder(format, { maxBytes, name: "in", ...(from ? { from } : {}) });
  const bytes = Buffer.from(input).subarray(from?.offset ?? 0);
  const found: Found[] = [];
  // all chunks lie in the same memory: nothing may be kept of one
  const memory = Buffer.alloc(Math.max(...sizes));
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const chunk = memory.subarray(0, bytes.copy(memory, 0, at, at + size));
    decoder.feed(chunk);
    take(decoder, { next: () => decoder.next(), found });
    at += size;
  }
  take(decoder, { next: () => decoder.last(), found });
  return found;
}

function take(
  decoder: RecordDecoder,
  { next, found }: { readonly next: () => Decoded | undefined; readonly found: Found[] },
): void {
  for (let decoded = next(); decoded; decoded = next()) found.push({ decoded, place: decoder.place });
}

function texts(input: string | Uint8Array, format: RecordFormat, reading: Reading = {}): string[] {
  return decode(input, format, reading).map(({ decoded }) =>
    decoded.bad ? `${decoded.line} ${decoded.bad.code}: ${decoded.bad.reason}` : decoded.text,
  );
}

describe("JSON lines", () => {
  it("are records as they are written, every digit of them", () => {
    expect(texts('{"id": 12345678901234567890}\n[1.0]\n"ü"\nnull\n', jsonl)).toEqual([
      '{"id": 12345678901234567890}',
      "[1.0]",
      '"ü"',
      "null",
    ]);
  });

  it("leave out a byte order mark, blank lines, white space around, and need no line break at the end", () => {
    expect(texts('\ufeff1\r\n\r\n \t\n  {"a" : 2} \n3', jsonl)).toEqual(["1", '{"a" : 2}', "3"]);
  });

  it("have no line break inside", () => {
    expect(texts('{"a":\r1}\n', jsonl)).toEqual(['{"a": 1}']);
  });

  it("take no more time for much white space, quotes or escapes in one", () => {
    const much = [" ", '""', "\\\\", '\\"'].map((part) => part.repeat(400_000));
    const found = decode(`1${much[0]}2\n"${much[2]}"\n"${much[3]}"\n[${much[1]}\n`, jsonl, {
      maxBytes: 2_000_000,
    });
    expect(found.map(({ decoded }) => decoded.bad?.code)).toEqual([
      "RECORD_SYNTAX",
      undefined,
      undefined,
      "RECORD_SYNTAX",
    ]);
    const rows = texts(`a\n${much[1]}\n${much[0]}"\n`, csv, { maxBytes: 2_000_000 });
    expect(rows.map((row) => row.slice(0, 15))).toEqual(['{"a":"\\"\\"\\"\\"\\', "3 RECORD_SYNTAX"]);
  });

  it("that are no JSON are bad, with the reason and the line, and hold nothing up", () => {
    const found = texts('1\n{"a":}\n\n{"b":1} {"c":2}\n2\n', jsonl);
    expect(found).toEqual([
      "1",
      expect.stringMatching(/^2 RECORD_SYNTAX: Unexpected token/),
      expect.stringMatching(/^4 RECORD_SYNTAX: Unexpected non-whitespace/),
      "2",
    ]);
    expect(decode("{oops\n", jsonl)[0]?.decoded.bad?.text).toBe("{oops");
  });

  it("nested deeper than anybody could read are bad", () => {
    const nested = (depth: number): string => `${"[".repeat(depth)}"[\\"["${"]".repeat(depth)}\n`;
    const found = texts(nested(1000) + nested(1001) + nested(400_000), jsonl, { maxBytes: 1_000_000 });
    expect(found.slice(1)).toEqual([
      "2 RECORD_SYNTAX: it is nested more than 1000 levels deep",
      "3 RECORD_SYNTAX: it is nested more than 1000 levels deep",
    ]);
  });

  it("that are no UTF-8 are bad", () => {
    const bytes = Buffer.concat([Buffer.from('1\n"'), Buffer.of(0xc3, 0x28), Buffer.from('"\n2')]);
    expect(texts(bytes, jsonl)).toEqual(["1", "2 RECORD_ENCODING: it is not text in UTF-8", "2"]);
    expect(decode(bytes, jsonl)[1]?.decoded.bad?.text).toBe('"\ufffd("');
  });

  it("longer than the bound are bad, unread", () => {
    const line = (size: number): string => `${"7".repeat(size)}\r\n`;
    expect(texts(line(10) + line(11) + line(500) + line(3), lines, { maxBytes: 10 })).toEqual([
      JSON.stringify("7".repeat(10)),
      "2 RECORD_TOO_LONG: it has more than 10 bytes",
      "3 RECORD_TOO_LONG: it has more than 10 bytes",
      '"777"',
    ]);
    expect(texts("7".repeat(11), jsonl, { maxBytes: 10, sizes: [1] })).toEqual([
      "1 RECORD_TOO_LONG: it has more than 10 bytes",
    ]);
  });
});

describe("lines", () => {
  it("are texts, empty ones too", () => {
    expect(texts('\ufeffa "b"\r\n\n\\c\u2028\nlast', lines)).toEqual([
      '"a \\"b\\""',
      '""',
      '"\\\\c\u2028"',
      '"last"',
    ]);
    expect(texts("", lines)).toEqual([]);
  });
});

describe("CSV", () => {
  it("is objects of texts, named by the first row, in the order of the columns", () => {
    expect(texts('\ufeff"name",2,__proto__\r\nann,1,x\r\n\r\nbob,,', csv)).toEqual([
      '{"name":"ann","2":"1","__proto__":"x"}',
      '{"name":"bob","2":"","__proto__":""}',
    ]);
  });

  it("has separators, quotes and line breaks inside quotes", () => {
    expect(texts('a,b\n"x,""y""\r\nz","" \n"1\n2",3\n', csv)).toEqual([
      "2 RECORD_SYNTAX: field 2 goes on behind its closing quote",
      '{"a":"1\\n2","b":"3"}',
    ]);
    expect(texts('a,b\n"x,""y""\r\nz",""\n', csv)).toEqual(['{"a":"x,\\"y\\"\\r\\nz","b":""}']);
  });

  it("takes its columns and its separator from the workflow", () => {
    expect(texts("1;2\n3;4", { kind: "csv", separator: ";", columns: ["a", "b"] })).toEqual([
      '{"a":"1","b":"2"}',
      '{"a":"3","b":"4"}',
    ]);
    expect(texts('a→b\n"1→"→2', { kind: "csv", separator: "→" }, { sizes: [1] })).toEqual([
      '{"a":"1→","b":"2"}',
    ]);
  });

  it("has bad rows: of another length, with quotes that fit nowhere, never closed", () => {
    expect(texts('a,b\n1\n1,2,3\n5" disk,x\n1,2\n"open,3\n4,5\n', csv)).toEqual([
      "2 RECORD_SYNTAX: it has 1 field, and there are 2 columns",
      "3 RECORD_SYNTAX: it has 3 fields, and there are 2 columns",
      "4 RECORD_SYNTAX: field 1 has a quote inside, and does not begin with one",
      '{"a":"1","b":"2"}',
      "6 RECORD_SYNTAX: field 1 has a quote that is never closed",
    ]);
  });

  it.each([
    ["a,a\n1,2", "two columns are named"],
    ['a"b,c\n1,2', "has a quote inside"],
    [Buffer.of(0xff, 0x0a), "not text in UTF-8"],
    [`${"a".repeat(1001)}\n1`, "more than 1000 bytes"],
  ])("of which the first row cannot name the columns is refused (%#)", (input, reason) => {
    let thrown: unknown;
    try {
      decode(input, csv);
    } catch (error) {
      thrown = error;
    }
    expect(isTuttiError(thrown, "SOURCE_UNREADABLE")).toBe(true);
    expect(String(thrown)).toContain("in:1");
    expect(String(thrown)).toContain(reason);
  });

  it("counts lines also inside quotes and in rows that are too long", () => {
    const found = decode(`a\n"1\n2"\n"${"x\n".repeat(20)}"\nlast\n`, csv, { maxBytes: 12 });
    expect(found.map(({ decoded }) => decoded.line)).toEqual([2, 4, 25]);
  });
});

/** Anything that means something to one of the formats, and what is no UTF-8. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'\n \r\n " , {} [] : 1 x \\ ü 💩 \ufeff'.split(" ").map((text) => Buffer.from(text)),
        Buffer.of(0xff),
        Buffer.of(0xef, 0xbb),
        Buffer.from('{"a":[1,"\\n"]}\n'),
        Buffer.from('1,"2,\n3"\r\n'),
        Buffer.from("x,y\n"),
        Buffer.from('\ufeff"x",y\n'),
      ),
      fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => Buffer.from(text)),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.concat(parts));
const formats = fc.constantFrom<RecordFormat>(
  jsonl,
  lines,
  { kind: "csv", separator: ",", columns: ["a", "b"] },
  { kind: "csv", separator: "→", columns: ["a"] },
);
const bounds = fc.integer({ min: 3, max: 40 });

describe("the bytes of any source", () => {
  it("give the same in whatever chunks they come", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(soup, formats, bounds, sizes, (bytes, format, maxBytes, inChunks) => {
        expect(decode(bytes, format, { maxBytes, sizes: inChunks })).toEqual(
          decode(bytes, format, { maxBytes }),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("give the rest, exactly, from behind each record on", () => {
    fc.assert(
      fc.property(soup, formats, bounds, (bytes, format, maxBytes) => {
        const all = decode(bytes, format, { maxBytes });
        for (const [index, { place }] of all.entries()) {
          expect(decode(bytes, format, { maxBytes, from: place })).toEqual(all.slice(index + 1));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("give records that are JSON without line breaks", () => {
    fc.assert(
      fc.property(soup, formats, (bytes, format) => {
        for (const { decoded } of decode(bytes, format)) {
          if (decoded.bad) continue;
          JSON.parse(decoded.text);
          expect(decoded.text).not.toMatch(/[\r\n]/);
        }
      }),
    );
  });

  it("keep the names of a CSV header in the place", () => {
    const input = 'b,"a"\n1,2\n3,4\n';
    const [first] = decode(input, csv);
    expect(first?.place).toEqual({ offset: 10, line: 3, columns: ["b", "a"] });
    expect(texts(input, csv, first ? { from: first.place } : {})).toEqual(['{"b":"3","a":"4"}']);
  });
});
