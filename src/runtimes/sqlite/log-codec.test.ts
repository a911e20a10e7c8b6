import { createHash } from "node:crypto";
import { array, assert, constant, jsonValue, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event } from "../../core/events.ts";
import type { Json } from "../../expression/json.ts";
import { output } from "../../testing/run-store-harness.ts";
import { decodeAppend, encodeAppend, hasStandIn, largeFromBytes, missingText, putBack } from "./log-codec.ts";

function roundTrip(events: readonly Event[]): readonly Event[] {
  const { body, refs, large } = encodeAppend(events);
  const stored = new Map(large.map((bytes) => [idOf(bytes), bytes]));
  const decoded = decodeAppend({ body, refs });
  for (const ref of decoded.refs) putBack(decoded, ref, stored.get(ref.id));
  return decoded.events;
}

function idOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function answer(value: Json): Event {
  return { type: "attempt.ended", at: 1, address: "a", attempt: 1, outcome: { ok: true, output: value } };
}

describe("the log's code", () => {
  it("keeps short events readable and compresses long ones", () => {
    expect(encodeAppend([output(1, "short")]).body).toBe(JSON.stringify([output(1, "short")]));
    const long = encodeAppend([output(1, "long ".repeat(2000))]);
    expect(long.body).toBeInstanceOf(Uint8Array);
    expect(long.body.length).toBeLessThan(300);
    expect(long.large).toEqual([]);
  });

  it("takes a text out when it is longer than the limit in UTF-8, by its hash", () => {
    expect(encodeAppend([output(1, "x".repeat(largeFromBytes))]).large).toEqual([]);
    const text = "é".repeat(largeFromBytes / 2 + 1);
    const { body, refs, large } = encodeAppend([output(0, ""), output(1, text)]);
    expect(large.map((bytes) => Buffer.from(bytes).toString())).toEqual([text]);
    expect(JSON.parse(refs ?? "")).toEqual([
      {
        event: 1,
        path: ["outcome", "stdout"],
        id: idOf(Buffer.from(text)),
        bytes: text.length * 2,
        kind: "text",
      },
    ]);
    expect(body.length).toBeLessThan(500);
  });

  it("takes out a large value of every kind, and leaves its small neighbours", () => {
    const list = Array.from({ length: 5000 }, (_, i) => i);
    const event: Event = {
      type: "attempt.started",
      at: 1,
      address: "a",
      attempt: 1,
      request: { kind: "agent", agent: "mock", prompt: "p".repeat(20_000), tools: ["Read"] },
    };
    const { refs } = encodeAppend([event, answer(list), answer("small")]);
    expect(JSON.parse(refs ?? "").map((ref: { path: string[] }) => ref.path.join("."))).toEqual([
      "request.prompt",
      "outcome.output",
    ]);
    expect(roundTrip([event, answer(list), answer("small")])).toEqual([event, answer(list), answer("small")]);
  });

  it("gives back any events exactly", () => {
    const text = oneof(
      string({ unit: "binary" }),
      string({ unit: "binary", minLength: 1 }).map((one) => one.repeat(20_000)),
      constant(`\ud800${"x".repeat(20_000)}`),
    );
    const json = oneof(
      jsonValue().map((value) => value as Json),
      text,
      array(text, { maxLength: 3 }),
    );
    const events = array(
      oneof(
        json.map(answer),
        text.map((one) => output(1, one)),
        json.map((payload): Event => ({ type: "signal.received", at: 1, name: "s", payload })),
      ),
      { maxLength: 4 },
    );
    assert(
      property(events, (given) => {
        expect(roundTrip(given)).toEqual(JSON.parse(JSON.stringify(given)));
      }),
      { numRuns: 60 },
    );
  });

  it("has words to stand for a lost text or free value, and none for a workflow", () => {
    const event: Event = { type: "signal.received", at: 1, name: "s", payload: ["x".repeat(20_000)] };
    const decoded = decodeAppend(encodeAppend([event]));
    const [ref] = decoded.refs;
    if (!ref) throw new Error("nothing was taken out");
    putBack(decoded, ref, undefined);
    expect(decoded.events).toEqual([{ ...event, payload: missingText(ref) }]);
    expect(missingText(ref)).toContain(ref.id);
    expect(hasStandIn(ref)).toBe(true);
    expect(hasStandIn({ ...ref, path: ["workflow"] })).toBe(false);
    expect(hasStandIn({ ...ref, path: ["outcome", "stdout"], kind: "text" })).toBe(true);
  });

  it("keeps the shape of what is only looked at", () => {
    const files = Array.from({ length: 5000 }, (_, at) => `src/${at}.ts`);
    const event: Event = {
      type: "attempt.ended",
      at: 1,
      address: "a",
      attempt: 1,
      outcome: { ok: true, changedFiles: files, details: { files } },
    };
    const decoded = decodeAppend(encodeAppend([event]));
    const texts = decoded.refs.map(missingText);
    expect(decoded.refs.every(hasStandIn)).toBe(true);
    for (const ref of decoded.refs) putBack(decoded, ref, undefined);
    expect(decoded.events).toMatchObject([
      { outcome: { changedFiles: [texts[0]], details: { lost: texts[1] } } },
    ]);
  });

  it("throws on a body that is no JSON and no zstd", () => {
    expect(() => decodeAppend({ body: "[{", refs: null })).toThrow(/JSON/);
    expect(() => decodeAppend({ body: Buffer.from("no zstd"), refs: null })).toThrow(/frame/);
    expect(() => decodeAppend({ body: null, refs: null })).toThrow("not null");
    expect(() => decodeAppend({ body: 5, refs: null })).toThrow("not number");
  });
});
