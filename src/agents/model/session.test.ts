import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Json } from "../../expression/json.ts";
import { openSession, type Entry, type ToolCall } from "./session.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sessions-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});
const redaction = { json: (value: Json) => value };
const open = () => openSession("s", { folder, redaction });

const call = (id: string): ToolCall => ({ id, name: "read_file", input: { path: id } });
const answer = (...calls: ToolCall[]): Entry => ({
  type: "answer",
  messages: [{ role: "assistant", content: [{ type: "text", text: "well" }] }],
  text: "well",
  calls,
  finish: calls.length > 0 ? "tool-calls" : "stop",
  usage: { costUsd: 0.1, inputTokens: 10, outputTokens: 1 },
});
const result = (id: string): Entry => ({
  type: "result",
  result: { call: id, name: "read_file", text: `of ${id}`, isError: false },
});

describe("a session", () => {
  it("is the same for another process, wherever the first one stopped", async () => {
    const entries: Entry[] = [
      { type: "asks" },
      answer(call("a"), call("b")),
      result("a"),
      { type: "acts", call: "b" },
      result("b"),
      { type: "asks" },
      answer(),
      { type: "again", prompt: "once more" },
      { type: "asks" },
      answer(),
    ];
    const first = await open();
    for (const entry of entries) {
      await first.add(entry);
      const other = await open();
      const seen = (one: typeof first) => [
        one.history,
        one.answer,
        one.open,
        one.answers,
        one.asksAgain,
        one.wasBegun("b"),
      ];
      expect(seen(other)).toEqual(seen(first));
    }
    expect(first.history.map(({ role }) => role)).toEqual([
      "assistant",
      "tool",
      "assistant",
      "user",
      "assistant",
    ]);
    expect(first.usage).toEqual({ costUsd: 0.3, inputTokens: 30, outputTokens: 3 });
    expect([first.resumed, (await open()).resumed]).toEqual([false, true]);
  });

  it("has the results of all calls before the model is asked again", async () => {
    const session = await open();
    await session.add(answer(call("a"), call("b")));
    await session.add(result("b"));
    expect(session.open).toEqual([call("a")]);
    await session.add(result("a"));
    expect(session.answer).toBeUndefined();
    expect(session.history.at(-1)).toMatchObject({
      role: "tool",
      content: [{ toolCallId: "a", output: { type: "text", value: "of a" } }, { toolCallId: "b" }],
    });
  });

  it("has cost at least what its answers did once a call was cut off", async () => {
    const session = await open();
    await session.add({ type: "asks" });
    expect((await open()).usage).toMatchObject({ costUsd: 0, atLeast: true });
    await session.add({ type: "failed", billed: false });
    expect((await open()).usage.costUsd).toBe(0);
    await session.add({ type: "asks" });
    const resumed = await open();
    await resumed.add({ type: "asks" });
    await resumed.add(answer());
    const known = { costUsd: 0.1, atLeast: true };
    expect(resumed.usage).toMatchObject(known);
    expect((await open()).usage).toMatchObject(known);
  });

  it("loses nothing but the line that a crash cut", async () => {
    const session = await open();
    await session.add(answer(call("a")));
    await appendFile(join(folder, "s.jsonl"), '{"type":"result","resu');
    const other = await open();
    expect(other.open).toEqual([call("a")]);
    await other.add(result("a"));
    expect((await open()).open).toEqual([]);
  });

  it("is written without secrets", async () => {
    const clean = {
      json: (value: Json) => JSON.parse(JSON.stringify(value).replaceAll("well", "***")) as Json,
    };
    const session = await openSession("s", { folder, redaction: clean });
    await session.add(answer());
    expect(session.answer).toMatchObject({ text: "well" });
    expect(await readFile(join(folder, "s.jsonl"), "utf8")).not.toContain("well");
  });

  it("is nowhere without a folder", async () => {
    const session = await openSession("s", { folder: undefined, redaction });
    await session.add(answer());
    expect(session.answers).toBe(1);
    expect((await openSession("s", { folder: undefined, redaction })).answers).toBe(0);
  });
});
