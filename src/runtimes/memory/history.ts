import type { History, Prediction } from "../../ports/history.ts";
import { predictedCases } from "../../core/experience.ts";
import { predictFrom, type Case } from "../prediction.ts";
import { turn, type MemoryParts } from "./process.ts";

/** Keeps, of each key, only the cases that a prediction looks at. */
export function createHistory(parts: MemoryParts): History {
  const { history } = parts.disk;
  return {
    record: (entries) =>
      turn(parts, () => {
        for (const { key, durationMs, costUsd, tokens, ok } of entries) {
          const cases: readonly Case[] = [{ durationMs, costUsd, tokens, ok }, ...(history.get(key) ?? [])];
          const kept = [true, false].flatMap((end) =>
            cases.filter((one) => one.ok === end).slice(0, predictedCases),
          );
          history.set(key, kept);
        }
      }),
    predict: (keys) =>
      turn(parts, () => {
        const found: Record<string, Prediction> = {};
        for (const key of keys) {
          const prediction = predictFrom(history.get(key) ?? []);
          if (prediction) found[key] = prediction;
        }
        return found;
      }),
  };
}
