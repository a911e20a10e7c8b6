import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression } from "../../expression/expression.ts";
import { parseRecord, textOf } from "./records.ts";

describe("records", () => {
  it("are written as they were read, whatever whole numbers are in them", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.bigInt(), fc.maxSafeInteger()), { maxLength: 4 }), (numbers) => {
        const text = `{"id":[${numbers.join(",")}],"n":0.5}`;
        expect(textOf(parseRecord(text))).toBe(text);
      }),
    );
    expect(textOf(parseRecord("[1e400]"))).toBe("[1e400]");
  });

  it("are exact in expressions", () => {
    const sum = compileExpression("[record.id, record.id + 1, size(string(record.id))]");
    const record = parseRecord('{"id": 9007199254740993}');
    const value = sum.evaluateExact(() => record);
    expect(textOf(value)).toBe("[9007199254740993,9007199254740994,16]");
    expect(() => sum.evaluate(() => record)).toThrow("beyond 2^53");
    const same = compileExpression("record.a == record.b");
    expect(same.evaluate(() => parseRecord('{"a": 9007199254740993, "b": 9007199254740992}'))).toBe(false);
    expect(same.evaluate(() => parseRecord('{"a": 12345678901234567890, "b": 12345678901234567890}'))).toBe(
      true,
    );
  });

  it("have no keys in a number", () => {
    const record = parseRecord('{"id": 9007199254740993}');
    expect(compileExpression("has(record.id.rawJSON)").evaluate(() => record)).toBe(false);
    expect(() => compileExpression("record.id.rawJSON").evaluate(() => record)).toThrow(
      "is a number and has no key",
    );
  });
});
