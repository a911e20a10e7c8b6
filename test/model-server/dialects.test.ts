import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rateLimited, text, tool } from "./replies.ts";
import { startModelServer, type ModelServer } from "./server.ts";

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterAll(() => server.close());

const post = (path: string, body: object) =>
  fetch(`${server.url}${path}`, { method: "POST", body: JSON.stringify(body) });

describe("the scripted model server speaks", () => {
  it("OpenAI's Chat Completions", async () => {
    const path = "/v1/chat/completions";
    const ask = { model: "m", messages: [{ role: "user", content: "hi" }] };
    const tools = [{ type: "function", function: { name: "bash", parameters: {} } }];
    server.play([text("one"), tool("bash", { command: "ls" }), text("two"), rateLimited()]);
    expect(await (await post(path, { ...ask, tools })).json()).toMatchObject({
      choices: [{ message: { content: "one" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 100, completion_tokens: 20 },
    });
    expect(await (await post(path, ask)).json()).toMatchObject({
      choices: [
        {
          message: { tool_calls: [{ function: { name: "bash", arguments: '{"command":"ls"}' } }] },
          finish_reason: "tool_calls",
        },
      ],
    });
    const streamed = await (await post(path, { ...ask, stream: true })).text();
    expect(streamed).toContain('"delta":{"role":"assistant","content":"two"}');
    expect(streamed.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect((await post(path, ask)).status).toBe(429);
    expect(server.requests[0]).toMatchObject({ dialect: "chat", model: "m", tools: [{ name: "bash" }] });
  });

  it("OpenAI's Responses", async () => {
    const ask = { model: "m", input: [{ role: "user", content: "hi" }], instructions: "be brief" };
    server.play([text("one"), tool("shell", { command: ["ls"] })]);
    expect(await (await post("/v1/responses", ask)).json()).toMatchObject({
      status: "completed",
      output: [{ type: "message", content: [{ text: "one" }] }],
    });
    const streamed = await (await post("/v1/responses", { ...ask, stream: true })).text();
    expect([...streamed.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual([
      "response.created",
      "response.output_item.added",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(streamed).toContain('"type":"function_call"');
    expect(server.requests[0]).toMatchObject({ dialect: "responses", system: "be brief" });
  });

  it("Google's Gemini API", async () => {
    const ask = {
      contents: [{ role: "user", parts: [{ text: "hi" }] }],
      tools: [{ functionDeclarations: [{ name: "write_file" }] }],
    };
    server.play([text("one"), tool("write_file", { content: "x" }), rateLimited()]);
    expect(await (await post("/v1beta/models/m:generateContent", ask)).json()).toMatchObject({
      candidates: [{ content: { parts: [{ text: "one" }] }, finishReason: "STOP" }],
    });
    const streamed = await post("/v1beta/models/m:streamGenerateContent?alt=sse", ask);
    expect(await streamed.text()).toContain('"functionCall":{"name":"write_file","args":{"content":"x"}}');
    const refused = await post("/v1beta/models/m:generateContent", ask);
    expect(await refused.json()).toMatchObject({ error: { code: 429, status: "RESOURCE_EXHAUSTED" } });
    expect(await (await post("/v1beta/models/m:countTokens", ask)).json()).toEqual({ totalTokens: 100 });
    expect(server.requests[0]).toMatchObject({
      dialect: "gemini",
      model: "m",
      stream: false,
      tools: [{ name: "write_file" }],
    });
  });
});
