import { expect, it } from "vitest";
import { keptText, toldText, writtenText } from "./memory.ts";

it("says what a step was told from its memory", () => {
  const name = "notes";
  expect(toldText({ name, bytes: 0 })).toBe("told from memory notes: nothing was there");
  expect(toldText({ name, bytes: 90, notes: 1, left: 0 })).toBe("told from memory notes: 1 note, 90 bytes");
  expect(toldText({ name, bytes: 90, notes: 2, left: 3 })).toBe(
    "told from memory notes: 2 notes, 90 bytes; 3 older notes left out, there was no room",
  );
  expect(toldText({ name, trouble: "Cannot read it\nat all" })).toBe(
    "told from memory notes: nothing: Cannot read it at all",
  );
});

it("says what became of what was learned", () => {
  expect(keptText({ name: "notes", added: 1, known: 2, dropped: 3 })).toBe(
    "kept in memory notes: 1 new note, 2 known before, 3 of the oldest went, there was no room",
  );
  expect(writtenText({ name: "notes", added: 0 })).toBe("0 new notes");
  expect(writtenText({ name: "notes", trouble: "it is a folder" })).toBe("nothing: it is a folder");
});
