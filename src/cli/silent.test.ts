import { expect, it } from "vitest";
import type { ErrorCode } from "../errors.ts";
import { tellsWhy } from "./silent.ts";

const failed = (action: string, code: ErrorCode) =>
  tellsWhy({ action, failure: { code, message: "no", class: "permanent" } });

it("what a stage printed is not told beside the failure of a source, a file or a queue", () => {
  expect(failed("pipeline", "SINK_CHANGED")).toBe(false);
  expect(failed("pipeline", "SOURCE_UNREADABLE")).toBe(false);
  expect(failed("pipeline", "COMMAND_FAILED")).toBe(true);
  expect(failed("pipeline", "SINK_FAILED")).toBe(true);
  expect(failed("run", "FILE_NOT_FOUND")).toBe(true);
});
