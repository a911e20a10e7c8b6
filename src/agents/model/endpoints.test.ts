import { describe, expect, it } from "vitest";
import { endpointFor, type ModelEntry } from "./endpoints.ts";

const local: ModelEntry = {
  provider: "openai-compatible",
  baseUrl: "http://127.0.0.1:8080/v1",
  prices: { input: 1, output: 2 },
};
const main: ModelEntry = {
  provider: "anthropic",
  model: "opus",
  apiKey: "KEY",
  prices: { input: 5, output: 9 },
};

describe("the model that a step means", () => {
  it("is a provider's, with what everybody knows of it", () => {
    expect(endpointFor("anthropic/sonnet", { entries: {} })).toEqual({
      name: "anthropic/sonnet",
      provider: "anthropic",
      model: "sonnet",
      baseUrl: "https://api.anthropic.com/v1",
      keyName: "ANTHROPIC_API_KEY",
      enforcesSchema: true,
    });
    expect(endpointFor("ollama/qwen3:8b", { entries: {} })).toMatchObject({
      model: "qwen3:8b",
      prices: { input: 0, output: 0 },
    });
    expect(endpointFor("openai/org/model", { entries: {} })).toMatchObject({ model: "org/model" });
  });

  it("is an entry of the settings, or another model of its server, with the prices of that model only", () => {
    const entries = { local, main };
    expect(endpointFor("main", { entries })).toMatchObject({ name: "main/opus", prices: main.prices });
    expect(endpointFor("main/opus", { entries })).toMatchObject({ prices: main.prices, keyName: "KEY" });
    expect(endpointFor("main/haiku", { entries })).not.toHaveProperty("prices");
    expect(endpointFor("local/org/qwen", { entries })).toMatchObject({
      model: "org/qwen",
      prices: local.prices,
    });
  });

  it("is the agent's own, the entry default, or the only one, when nothing is named", () => {
    expect(endpointFor(undefined, { entries: { local, main }, own: "main" })).toMatchObject({
      model: "opus",
    });
    expect(endpointFor(undefined, { entries: { local, default: main } })).toMatchObject({
      name: "default/opus",
    });
    expect(endpointFor(undefined, { entries: { main } })).toMatchObject({ name: "main/opus" });
    expect(endpointFor("haiku", { entries: { main } })).toMatchObject({ name: "main/haiku" });
    expect(endpointFor("other/name", { entries: { main } })).toMatchObject({ model: "other/name" });
  });

  it("is none, with what to do, when nothing says where it is", () => {
    const refused = { code: "AGENT_UNAVAILABLE", class: "permanent", fix: expect.any(String) };
    for (const [name, models] of [
      [undefined, { entries: {} }],
      [undefined, { entries: { local, main } }],
      [undefined, { entries: { local } }],
      [undefined, { entries: {}, own: "gone" }],
      ["sonnet", { entries: {} }],
      ["/sonnet", { entries: {} }],
      ["openai-compatible/x", { entries: {} }],
      ["toString", { entries: {} }],
      [undefined, { entries: {}, own: { provider: "openai-compatible", model: "x" } }],
    ] as const)
      expect(endpointFor(name, models), String(name)).toMatchObject(refused);
  });

  it("never gets the key of its provider at another place", () => {
    const entries = {
      proxy: { provider: "anthropic", model: "x", baseUrl: "http://127.0.0.1:1/v1" },
    } as const;
    expect(endpointFor("proxy", { entries })).not.toHaveProperty("keyName");
  });
});
