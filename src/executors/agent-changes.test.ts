import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { EffectPolicy } from "../core/effects.ts";
import type { Agent } from "../ports/agent.ts";
import { everyAbility } from "../testing/agent-abilities.ts";
import { agentTask, taskContext } from "../testing/agent-contract.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import { runAgent } from "./agent-changes.ts";

async function changed(
  over: { readonly policy?: Partial<EffectPolicy>; readonly gate?: string },
  files = true,
): Promise<readonly string[] | undefined> {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "kept.txt"), "kept");
  const agent: Agent = {
    name: "one",
    abilities: { ...everyAbility, files },
    probe: () => Promise.resolve({ available: true }),
    run: vi.fn<Agent["run"]>((_, context) => {
      writeFileSync(join(context.cwd, "made.txt"), "made");
      return Promise.resolve({ ok: true });
    }),
  };
  const env = { PATH: process.env["PATH"] ?? "" };
  const outcome = await runAgent(agent, agentTask(), taskContext({ cwd, env, ...over }));
  return outcome.changedFiles;
}

describe("the files that an agent changed", () => {
  it("are told where nothing else tells them", async () => {
    expect(await changed({})).toEqual(["made.txt"]);
  });

  it.each<[string, Parameters<typeof changed>]>([
    ["a checkpoint", [{ policy: { workspace: { saves: true } as EffectPolicy["workspace"] & object } }]],
    ["an account of the files", [{ policy: { filesBefore: true } }]],
    ["nobody, for a judge", [{ gate: "judge" }]],
    ["nobody, for an agent that can change none", [{}, false]],
  ])("are left to %s", async (_, given) => {
    expect(await changed(...given)).toBeUndefined();
  });
});
