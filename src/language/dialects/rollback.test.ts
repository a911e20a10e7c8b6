import { expect, it } from "vitest";
import { loadWorkflow } from "../load.ts";

it("undoes a command as rollback_strategy says by its name, and keeps the rest as a note", () => {
  const loaded = (rollback: string) =>
    loadWorkflow(
      `workflow_id: x\ncommands: [{command: /a}, {command: /b, id: two}]\nrollback_strategy: ${rollback}`,
    );
  const undoOf = (rollback: string) =>
    loaded(rollback).workflow?.chain.steps.map(({ undo }) => undo?.action.kind);
  expect(undoOf("{a: {run: ./undo-a}, two: {http: 'http://localhost/'}}")).toEqual(["run", "http"]);
  expect(undoOf("[{/b: {command: /undo}}, {a: by hand}]")).toEqual([undefined, "command"]);
  expect(loaded("{a: {run: ./undo-a}}").notes).toEqual([]);
  expect(loaded("{a: {run: ./undo-a}, all: by hand}").notes.join()).toContain(
    "kept as a note: all: by hand (",
  );
  expect(loaded("{a: {why: 5}}").notes.join()).toContain("kept as a note: a: why: 5 (");
  expect(loaded("{a: {run: ./x, tpyo: 1}}").problems.map(({ code }) => code)).toEqual(["UNKNOWN_KEY"]);
});
