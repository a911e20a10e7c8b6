import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asText, canonicalJson, isObject, parseExactJson, parseJson, sameJson } from "./json.ts";

describe("JSON values", () => {
  it("are objects only when they are neither null nor lists", () => {
    expect([{}, [], null, "a", 1].map(isObject)).toEqual([true, false, false, false, false]);
  });

  it("are the same when their content is", () => {
    expect(sameJson({ a: 1, b: [2, undefined] }, { b: [2, undefined], a: 1, c: undefined })).toBe(true);
    expect(sameJson(Number.NaN, Number.NaN)).toBe(true);
    for (const [a, b] of [
      [1, 2],
      [[1], [1, 2]],
      [[1], { 0: 1 }],
      [{ a: 1 }, { a: 2 }],
      [{ a: 1 }, {}],
      [{}, { toString: 1 }],
    ])
      expect(sameJson(a, b)).toBe(false);
  });

  it("are read with all digits of a whole number, as a text beyond 2^53", () => {
    const text =
      '{"id": 12345678901234567890, "n": [9007199254740991, -9007199254740992, 1e400], "t": "1234567890123456"}';
    expect(parseJson(text)).toEqual({
      id: "12345678901234567890",
      n: [9007199254740991, "-9007199254740992", "1e400"],
      t: "1234567890123456",
    });
    expect(parseJson("[1e300, 0.12345678901234567890, 1234567890123456.5]")).toEqual([
      1e300, 0.12345678901234568, 1234567890123456.5,
    ]);
    expect(() => parseJson("[12345678901234567890")).toThrow(SyntaxError);
    fc.assert(
      fc.property(fc.bigInt(), (n) => {
        expect(asText(parseJson(`{"a":[${n}]}`))).toContain(`${n}`);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        fc.pre(!/\d{16}/.test(json));
        expect(parseJson(json)).toEqual(JSON.parse(json));
      }),
    );
  });

  it("may keep such a number a number", () => {
    const text = `{"id":12345678901234567890,"n":[9007199254740991,-9007199254740992,1e400]}`;
    expect(JSON.stringify(parseExactJson(text))).toBe(text);
    expect(canonicalJson(parseExactJson(text))).toBe(text);
    expect(sameJson(parseExactJson(text), parseExactJson(text))).toBe(true);
    expect(sameJson(parseExactJson("12345678901234567890"), parseExactJson("12345678901234567891"))).toBe(
      false,
    );
    expect(isObject(parseExactJson("12345678901234567890"))).toBe(false);
  });

  it("have a text each", () => {
    expect(["a", 1, true, { a: [null] }, null, undefined].map(asText)).toEqual([
      "a",
      "1",
      "true",
      '{"a":[null]}',
      "",
      "",
    ]);
  });

  it("have one canonical text", () => {
    expect(canonicalJson({ b: [1, undefined], a: { d: null, c: undefined } })).toBe(
      '{"a":{"d":null},"b":[1,null]}',
    );
    expect(canonicalJson(undefined)).toBe("null");
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(copy))).toEqual(copy);
        expect(sameJson(copy, JSON.parse(canonicalJson(copy)))).toBe(true);
      }),
    );
  });
});
