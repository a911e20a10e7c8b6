import { describe, expect, it } from "vitest";
import { fillSecrets, withoutSeed } from "./secrets.ts";
import { secretMarker } from "../core/effects.ts";
import type { Request } from "../core/effects.ts";
import type { WorkEffect } from "../ports/performer.ts";
import { testPolicy } from "../testing/task-context.ts";

const seed = "5eed.*+";
const mark = secretMarker(seed, "KEY");
const secrets = (name: string): string | undefined => ({ KEY: "v$1&", EMPTY: "" })[name];

function effect(request: Request, env: Readonly<Record<string, string>> = {}): WorkEffect {
  return { type: "perform", id: "e1", address: "a", attempt: 1, request, policy: { ...testPolicy, env } };
}

function filled(request: Request): Request {
  const { effect: after } = fillSecrets(effect(request), { seed, secrets });
  if (after.type !== "perform") throw new Error("Not a perform effect");
  return after.request;
}

describe("secrets", () => {
  it("are put into the environment, the values of a shell line, and an http call", () => {
    const result = fillSecrets(
      effect({ kind: "run", shell: { line: "x", values: { A: `<${mark}>` } } }, { B: mark }),
      {
        seed,
        secrets,
      },
    );
    expect(result).toMatchObject({
      values: ["v$1&"],
      missing: [],
      effect: { policy: { env: { B: "v$1&" } }, request: { shell: { line: "x", values: { A: "<v$1&>" } } } },
    });
    const headers = { Authorization: `Bearer ${mark}` };
    const body = { list: [mark, 1, null], [mark]: true };
    expect(filled({ kind: "http", method: "POST", url: `https://h/${mark}`, headers, body })).toEqual({
      kind: "http",
      method: "POST",
      url: "https://h/v$1&",
      headers: { Authorization: "Bearer v$1&" },
      body: { list: ["v$1&", 1, null], "v$1&": true },
    });
  });

  it("are put into what an MCP server is told, and hidden in what everybody can see of it", () => {
    const mcpServers = {
      one: { command: mark, args: [mark], env: { A: mark } },
      two: { url: `https://h/${mark}`, headers: { b: `Bearer ${mark}` } },
    };
    const told = {
      one: { command: "***", args: ["***"], env: { A: "v$1&" } },
      two: { url: "https://h/v$1&", headers: { b: "Bearer v$1&" } },
    };
    const tool: Request = { kind: "mcp", server: "one", tool: "t", args: { a: mark }, mcpServers };
    expect(filled(tool)).toEqual({ ...tool, args: { a: "***" }, mcpServers: told });
    const agent: Request = { kind: "agent", agent: "a", prompt: mark, mcpServers };
    expect(filled(agent)).toEqual({ ...agent, prompt: "***", mcpServers: told });
  });

  it("are put into the values of a gate's line", () => {
    const gate: WorkEffect = {
      type: "gate",
      id: "g1",
      address: "a",
      attempt: 1,
      gate: { when: "after", index: 0, name: "g", level: "blocking" },
      check: { kind: "shell", shell: { line: mark, values: { A: mark } } },
      subject: {},
      policy: testPolicy,
    };
    const { effect: after } = fillSecrets(gate, { seed, secrets });
    expect(after).toMatchObject({ check: { shell: { line: "***", values: { A: "v$1&" } } } });
  });

  it("are hidden everywhere else, and so is their marker", () => {
    expect(filled({ kind: "agent", agent: "a", prompt: `use ${mark}`, tools: [mark] })).toEqual({
      kind: "agent",
      agent: "a",
      prompt: "use ***",
      tools: ["***"],
    });
    expect(
      filled({ kind: "command", agent: "a", command: "/x", arguments: mark, feedback: mark }),
    ).toMatchObject({
      arguments: "***",
      feedback: "***",
    });
    expect(filled({ kind: "function", function: "f", args: [{ a: mark }] })).toMatchObject({
      args: [{ a: "***" }],
    });
    const run: Request = { kind: "run", shell: { line: mark, values: {} }, cwd: mark, feedback: mark };
    expect(filled(run)).toMatchObject({ shell: { line: "***" }, cwd: "***", feedback: "***" });
  });

  it("that have no value are named", () => {
    const values = { A: secretMarker(seed, "NO"), B: secretMarker(seed, "EMPTY"), C: mark };
    const { missing } = fillSecrets(effect({ kind: "run", shell: { line: "x", values } }), { seed, secrets });
    expect(missing).toEqual(["NO", "EMPTY"]);
  });

  it("of another run's markers are not put in", () => {
    const foreign = secretMarker("other", "KEY");
    const result = fillSecrets(effect({ kind: "run", shell: { line: "x", values: { A: foreign } } }), {
      seed,
      secrets,
    });
    expect(result).toMatchObject({ values: [], effect: { request: { shell: { values: { A: foreign } } } } });
  });

  it("look the same in every run to the cache", () => {
    const of = (run: string): unknown => withoutSeed({ url: `x${secretMarker(run, "KEY")}` }, run);
    expect(of("one")).toEqual(of("two"));
    expect(of("one")).not.toEqual(withoutSeed({ url: `x${secretMarker("one", "OTHER")}` }, "one"));
  });
});
