import { array, assert, constant, integer, oneof, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "./heap.ts";

describe("a heap", () => {
  it("gives what was pushed in order, whatever was pushed and popped between", () => {
    assert(
      property(array(oneof(integer(), constant("pop"))), (calls) => {
        const heap = new Heap<number>((a, b) => a - b);
        const model: number[] = [];
        for (const call of calls) {
          const [popped, first] = call === "pop" ? [heap.pop(), model.shift()] : [];
          if (typeof call === "number") {
            heap.push(call);
            model.push(call);
            model.sort((a, b) => a - b);
          }
          expect([popped, heap.size, heap.peek()]).toEqual([first, model.length, model[0]]);
        }
      }),
    );
  });
});
