import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overloaded, promptTooLong, rateLimited, text, tool } from "./replies.ts";
import { startModelServer, type ModelServer } from "./server.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

const ask = (body: object = {}) =>
  fetch(`${server.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }], ...body }),
  });

describe("the scripted model server", () => {
  it("gives its replies in order, and keeps the requests", async () => {
    server.play([text("one"), tool("Bash", { command: "ls" })]);
    expect(await (await ask()).json()).toMatchObject({
      content: [{ type: "text", text: "one" }],
      stop_reason: "end_turn",
    });
    expect(await (await ask()).json()).toMatchObject({
      content: [{ type: "tool_use", name: "Bash", input: { command: "ls" } }],
      stop_reason: "tool_use",
    });
    expect(await (await ask()).json()).toMatchObject({ content: [{ text: "(script ended)" }] });
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]).toMatchObject({ model: "m", messages: [{ content: "hi" }], stream: false });
  });

  it("streams a message as its events", async () => {
    server.play([text("one", { inputTokens: 7, outputTokens: 9 })]);
    const response = await ask({ stream: true });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const body = await response.text();
    expect([...body.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(body).toContain('"input_tokens":7');
    expect(body).toContain('"output_tokens":9');
  });

  it("refuses as the real one does", async () => {
    server.play([rateLimited({ "retry-after": "5" }), overloaded(), promptTooLong()]);
    const limited = await ask();
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "5"]);
    expect(await limited.json()).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
    expect((await ask()).status).toBe(529);
    expect((await ask()).status).toBe(400);
  });

  it("breaks a stream off, or never ends it", async () => {
    server.play([{ kind: "cut" }, { kind: "silence" }]);
    const cut = await ask({ stream: true });
    await expect(cut.text()).rejects.toThrow("terminated");
    const silent = await ask({ stream: true });
    const first = await silent.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toContain("message_start");
  });

  it("asks a function for every reply", async () => {
    server.play((request, index) => text(`${index}: ${request.model}`));
    await ask();
    expect(await (await ask()).json()).toMatchObject({ content: [{ text: "1: m" }] });
  });

  it("counts tokens and knows no other path", async () => {
    const count = await fetch(`${server.url}/v1/messages/count_tokens`, { method: "POST", body: "{}" });
    expect(await count.json()).toEqual({ input_tokens: 100 });
    expect((await fetch(`${server.url}/other`)).status).toBe(404);
    expect((await fetch(server.url, { method: "HEAD" })).status).toBe(200);
  });
});
