import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { givenOf, recordsGiven } from "./given.ts";

function batchOf(...texts: readonly string[]) {
  return texts.map((text, index) => ({ no: 10 + index, text }));
}

function outputs(texts: readonly string[], value: Json | undefined, into?: string) {
  return recordsGiven(batchOf(...texts), { given: givenOf(value), into }).outputs;
}

describe("what a stage gives", () => {
  it("is a record for each item of a list, from its own record where there are as many", () => {
    expect(outputs(["1", "2"], ["a", null])).toEqual([
      { no: 10, text: '"a"' },
      { no: 11, text: "null" },
    ]);
  });

  it("is from the first record where there are more or fewer items", () => {
    expect(outputs(["1", "2"], [5, 6, 7]).map(({ no }) => no)).toEqual([10, 10, 10]);
    expect(outputs(["1", "2"], [5]).map(({ no }) => no)).toEqual([10]);
    expect(outputs(["1", "2"], { a: 1 })).toEqual([{ no: 10, text: '{"a":1}' }]);
  });

  it("is no record for null, for nothing and for an empty list", () => {
    for (const value of [null, undefined, []]) expect(outputs(["1", "2"], value)).toEqual([]);
  });

  it("is one record for each of the batch, whatever comes of as many items", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (values) => {
        const texts = values.map((value) => JSON.stringify(value));
        const { outputs: given } = recordsGiven(batchOf(...texts), { given: { list: texts } });
        expect(given).toEqual(batchOf(...texts));
      }),
    );
  });
});

describe("what is put into the records of a batch", () => {
  it("is item by item where there are as many, else the whole", () => {
    const texts = ['{"a":1}', '{"a":2}'];
    const put = (value: Json | undefined) => outputs(texts, value, "x").map(({ text }) => text);
    expect(put([true, "b"])).toEqual(['{"a":1,"x":true}', '{"a":2,"x":"b"}']);
    expect(put([7])).toEqual(['{"a":1,"x":[7]}', '{"a":2,"x":[7]}']);
    expect(put({ b: 1 })).toEqual(['{"a":1,"x":{"b":1}}', '{"a":2,"x":{"b":1}}']);
    expect(put(undefined)).toEqual(['{"a":1,"x":null}', '{"a":2,"x":null}']);
  });

  it("takes the place of what had the name, and changes no digit beside it", () => {
    const texts = ['{"x":1,"id":12345678901234567890}'];
    expect(outputs(texts, ["new"], "x")).toEqual([{ no: 10, text: '{"x":"new","id":12345678901234567890}' }]);
    expect(outputs(['{"a":1}'], ["new"], "__proto__")).toEqual([
      { no: 10, text: '{"a":1,"__proto__":"new"}' },
    ]);
  });

  it("leaves records dead that are no objects, and the others go on", () => {
    const given = recordsGiven(batchOf('"a"', "{}", "[1]"), { given: givenOf([1, 2, 3]), into: "x" });
    expect(given.outputs).toEqual([{ no: 11, text: '{"x":2}' }]);
    expect(given.dead.map(({ index, code }) => [index, code])).toEqual([
      [0, "RECORD_UNFIT"],
      [2, "RECORD_UNFIT"],
    ]);
  });
});
