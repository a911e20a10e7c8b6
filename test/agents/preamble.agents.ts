import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTutti } from "../../src/engine.ts";
import { text } from "../model-server/replies.ts";
import type { ModelRequest } from "../model-server/server.ts";
import { makeClaudeHome, type ClaudeHome } from "./claude-home.ts";

let claude: ClaudeHome;
beforeAll(async () => {
  claude = await makeClaudeHome();
});
afterAll(() => claude.close());

/** How long a provider takes before it has kept the beginning of a prompt. */
const keepsAfterMs = 200;

/** What of a request a provider keeps for others: all up to the last mark in the system prompt. */
function keptOf({ system }: ModelRequest): string {
  const blocks = Array.isArray(system) ? (system as readonly object[]) : [];
  const last = blocks.findLastIndex((block) => "cache_control" in block);
  // the first block names the version of the program, not the task
  return JSON.stringify(blocks.slice(1, last + 1));
}

/** A provider with a cache of prompts: four characters a token. */
function playProvider(): { readonly prefixes: () => readonly string[] } {
  const seen = new Map<string, number>();
  const prefixes: string[] = [];
  claude.server.play((request) => {
    const kept = keptOf(request);
    const since = seen.get(kept);
    if (since === undefined) seen.set(kept, Date.now());
    prefixes.push(kept);
    const isCached = since !== undefined && Date.now() - since >= keepsAfterMs;
    const tokens = Math.ceil(kept.length / 4);
    const usage = {
      inputTokens: tokens + 10,
      outputTokens: 5,
      ...(isCached ? { cachedTokens: tokens } : {}),
    };
    return text("done", usage);
  });
  return { prefixes: () => prefixes };
}

async function reviews(preamble: (name: string) => string) {
  const { prefixes } = playProvider();
  const names = ["safety", "speed", "style"];
  const steps = names.map((name) => ({ name, prompt: `Look at ${name}.`, preamble: preamble(name) }));
  const value = {
    name: "reviews",
    env: { ...claude.env },
    workspace: "none",
    chain: { steps: [{ name: "all", parallel: "all", steps }] },
  };
  const tutti = await openTutti({
    cwd: claude.cwd,
    home: join(claude.home, "state"),
    agents: [claude.agent],
  });
  try {
    const handle = await tutti.start(await tutti.load({ kind: "object", value }));
    await handle.done;
    const { status, ledger } = await tutti.show(handle.state.runId);
    return { status, ledger, prefixes: prefixes() };
  } finally {
    await tutti.close();
  }
}

it("steps with the same preamble are served from the provider's cache", { timeout: 60_000 }, async () => {
  const rules = "House rules: be exact. ".repeat(100);
  const same = await reviews(() => rules);
  expect([same.status, same.prefixes.length]).toEqual(["completed", 3]);
  expect(new Set(same.prefixes).size).toBe(1);
  expect(same.prefixes[0]).toContain(rules.trim());
  const tokens = Math.ceil((same.prefixes[0] ?? "").length / 4);
  expect(same.ledger.cachedTokens).toBe(2 * tokens);

  const other = await reviews((name) => `${rules} For ${name}.`);
  expect([other.status, other.prefixes.length, other.ledger.cachedTokens]).toEqual(["completed", 3, 0]);
});
