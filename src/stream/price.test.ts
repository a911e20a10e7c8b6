import { describe, expect, it } from "vitest";
import { Price } from "./price.ts";

describe("what batches cost", () => {
  it("counts what a run of its own has used once, however often it is told, also after a crash", () => {
    const price = new Price(null);
    price.tell("ask/0.1", 0.25);
    price.tell("ask/0.1", 0.75);
    price.add(0.5);
    expect(price.usd).toBe(1.25);
    const after = new Price(price.toJson());
    after.tell("ask/0.1", 1);
    expect(after.usd).toBe(1.5);
  });

  it("forgets a batch that is settled, and its parts", () => {
    const price = new Price(null);
    price.tell("ask/0.1.0", 1);
    price.tell("ask/0.12", 1);
    price.settle("ask/0.1");
    expect(price.toJson()).toEqual({ usd: 2, open: { "ask/0.12": 1 } });
  });
});
