import { array, assert, nat, oneof, property } from "fast-check";
import { expect, it } from "vitest";
import { packNumbers, unpackNumbers } from "./stream-codec.ts";

it("numbers that follow each other are one pair", () => {
  expect(packNumbers(Array.from({ length: 100 }, (_, index) => 700 + index))).toBe("700+99");
  expect(packNumbers([5, 3, 4, 9, 9])).toBe("5 3+1 9 9");
});

it("numbers come back in their order", () => {
  const numbers = array(oneof(nat({ max: 5 }), nat()), { minLength: 1 });
  assert(
    property(numbers, (list) => {
      expect(unpackNumbers(packNumbers(list))).toEqual(list);
    }),
  );
});
