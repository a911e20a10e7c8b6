import { expect, it } from "vitest";
import type { Json } from "../../expression/json.ts";
import { stoppedBefore, totalKept } from "./grant-failures.ts";

it("keeps with a call that people decide all that was counted for its session", () => {
  const total = { costUsd: 0.5, inputTokens: 100, cachedTokens: 80, outputTokens: 7, models: ["opus"] };
  const { deferred } = stoppedBefore({ id: "t1", tool: "Bash", input: { command: "ls" } }, total);
  const kept = JSON.parse(JSON.stringify(deferred?.kept)) as Json;
  expect(totalKept({ decided: { id: "t1", allow: true, kept } })).toEqual(total);
});
