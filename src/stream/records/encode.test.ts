import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDecoder } from "./decode.ts";
import { encode } from "./encode.ts";
import type { RecordFormat } from "../../language/pipeline.ts";

const csv: RecordFormat = { kind: "csv", separator: "," };

function decodeAll(text: string, format: RecordFormat): string[] {
  const decoder = createDecoder(format, { maxBytes: 1_000_000, name: "out" });
  decoder.feed(Buffer.from(text));
  const found: string[] = [];
  for (let next = decoder.next(); next; next = decoder.next()) found.push(next.text ?? next.bad.reason);
  return found;
}

describe("records as JSON lines", () => {
  it("are as they are", () => {
    const records = ['{"a":12345678901234567890}', '"x"'];
    expect(encode(records, { format: { kind: "jsonl" } })).toEqual({
      text: '{"a":12345678901234567890}\n"x"\n',
      dead: [],
    });
  });
});

describe("records as lines", () => {
  const format: RecordFormat = { kind: "lines" };

  it("are texts without quotes, and anything else as JSON", () => {
    expect(encode(['"a \\"b\\""', "1", '{"a":1}', '""'], { format }).text).toBe('a "b"\n1\n{"a":1}\n\n');
  });

  it("are dead when a line cannot hold them", () => {
    const { text, dead } = encode(['"a\\nb"', '"ok"', '"c\\r"', '"\\ud800"'], { format });
    expect(text).toBe("ok\n");
    expect(dead.map(({ index, code }) => [index, code])).toEqual([
      [0, "RECORD_SYNTAX"],
      [2, "RECORD_SYNTAX"],
      [3, "RECORD_SYNTAX"],
    ]);
  });
});

describe("records as CSV", () => {
  it("have a header of the first record's fields, once", () => {
    const first = encode(['{"a":"x,y","b":"\\"q\\"\\n"}'], { format: csv });
    expect(first).toEqual({ text: 'a,b\n"x,y","""q""\n"\n', header: ["a", "b"], dead: [] });
    expect(encode(['{"b":true}'], { format: csv, header: ["a", "b"] })).toEqual({
      text: ",true\n",
      header: ["a", "b"],
      dead: [],
    });
  });

  it("keep numbers, lists and objects as they are written", () => {
    const record = '{"n":12345678901234567890,"l":[1.0, 2],"o":{"x":"}"},"z":null,"n":1e999}';
    expect(encode([record], { format: csv }).text).toBe('n,l,o,z\n1e999,"[1.0, 2]","{""x"":""}""}",\n');
  });

  it("are in the columns of the workflow", () => {
    const format: RecordFormat = { kind: "csv", separator: ";", columns: ["b", "a"] };
    expect(encode(['{"a":"1"}', '{"a":"x;","b":"2"}'], { format }).text).toBe('b;a\n;1\n2;"x;"\n');
  });

  it("are dead when columns cannot hold them, and name no columns then", () => {
    const records = ["[1]", "{}", '{"a":"\\ud800"}', '{"b":1}', '{"b":1,"c":2}', '"{}"'];
    const { text, dead, header } = encode(records, { format: csv });
    expect([text, header]).toEqual(["b\n1\n", ["b"]]);
    expect(dead.map(({ index, reason }) => `${index} ${reason}`)).toEqual([
      "0 it is no object, so it has no fields for columns",
      "1 it has no fields",
      expect.stringContaining("2 it holds half a character"),
      '4 it has a field "c", and no column has this name',
      "5 it is no object, so it has no fields for columns",
    ]);
  });

  it("have no header while there is no record", () => {
    expect(encode([], { format: csv })).toEqual({ text: "", dead: [] });
    expect(encode(["1"], { format: csv, header: ["a"] })).toMatchObject({ text: "", header: ["a"] });
  });

  it("come back as they went", () => {
    const cell = fc.oneof(
      fc.constantFrom("", ",", '"', "\n", "\r\n", "\ufeff", " "),
      fc.string({ unit: "grapheme" }).map((text) => text.toWellFormed()),
    );
    const table = fc.uniqueArray(cell, { minLength: 1, maxLength: 4 }).chain((names) =>
      fc.tuple(
        fc.constant(names),
        fc.array(fc.array(cell, { minLength: names.length, maxLength: names.length }), {
          minLength: 1,
          maxLength: 5,
        }),
      ),
    );
    fc.assert(
      fc.property(table, fc.constantFrom(",", ";", "\t", "→"), ([names, rows], separator) => {
        const format: RecordFormat = { kind: "csv", separator };
        const records = rows.map(
          (row) =>
            `{${names.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(row[at])}`).join(",")}}`,
        );
        const { text, dead } = encode(records, { format });
        expect(dead).toEqual([]);
        expect(decodeAll(text, format)).toEqual(records);
      }),
    );
  });
});
