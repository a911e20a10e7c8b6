import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Memory, NewNotes } from "../ports/memory.ts";

export interface MemoryFixture {
  readonly memory: Memory;
  /** Writes a text as a person does. */
  readonly write: (name: string, text: string) => void;
}

/** Notes of a step on 2026-01-02. */
export function newNotes(texts: readonly string[], maxBytes = 8000): NewNotes {
  return { texts, runId: "r1", address: "build/test", at: Date.UTC(2026, 0, 2, 3), maxBytes };
}

const origin = "(2026-01-02, run r1, step build/test)";

/** Every line of the contract in `ports/memory.ts`. */
export function memoryContract(create: () => MemoryFixture | Promise<MemoryFixture>): void {
  const textOf = async ({ memory }: MemoryFixture, name = "notes", maxBytes?: number): Promise<string> =>
    (await memory.read(name, maxBytes))?.text ?? "";

  it("has nothing of a name that nobody wrote", async () => {
    const { memory } = await create();
    expect(await memory.read("notes")).toBeUndefined();
    expect(await memory.list()).toEqual([]);
    expect(await memory.clear("notes")).toBe(false);
  });

  it("adds notes with day, run and step, behind what is there", async () => {
    const made = await create();
    expect(await made.memory.add("notes", newNotes(["One.", "Two."]))).toEqual({
      added: 2,
      known: 0,
      dropped: 0,
    });
    await made.memory.add("notes", newNotes(["Three."]));
    expect(await textOf(made)).toMatch(
      new RegExp(`- One. \\(.*\n- Two. \\(.*\n- Three. ${origin.replaceAll(/[()]/g, "\\$&")}\n$`),
    );
    expect(await made.memory.read("notes")).toMatchObject({ notes: 3, left: 0 });
    expect(await made.memory.list()).toMatchObject([{ name: "notes", notes: 3 }]);
  });

  it("adds no note again that stands there already, also by the hand of a person", async () => {
    const made = await create();
    made.write("notes", "* The port is 5433\n");
    const told = await made.memory.add("notes", newNotes(["the  PORT is 5433.", "New.", "new", " "]));
    expect(told).toEqual({ added: 1, known: 2, dropped: 0 });
    expect(await made.memory.add("notes", newNotes(["New."]))).toEqual({ added: 0, known: 1, dropped: 0 });
    expect(await textOf(made)).toBe(`* The port is 5433\n- New. ${origin}\n`);
  });

  it("lets the oldest notes go where there is no room, says how many, and leaves what people wrote", async () => {
    const made = await create();
    made.write("notes", "Mine.\n- mine too\n");
    for (const text of ["One", "Two", "Three"]) await made.memory.add("notes", newNotes([text], 150));
    expect(await made.memory.add("notes", newNotes(["Four"], 150))).toEqual({
      added: 1,
      known: 0,
      dropped: 1,
    });
    const text = await textOf(made);
    expect(text).toMatch(/^Mine\.\n- mine too\n/);
    expect(text).toContain("- Four");
    expect(text).not.toContain("- Two");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(150);
  });

  it("has 200 notes at most", async () => {
    const made = await create();
    const many = Array.from({ length: 150 }, (_, at) => `note ${at}`);
    await made.memory.add("notes", newNotes(many, 1e6));
    const more = many.map((text) => `another ${text}`);
    expect(await made.memory.add("notes", newNotes(more, 1e6))).toMatchObject({ added: 150, dropped: 100 });
    expect(await made.memory.read("notes")).toMatchObject({ notes: 200 });
  });

  it("refuses notes for which what people wrote leaves no room, and leaves it as it is", async () => {
    const made = await create();
    made.write("notes", `${"x".repeat(200)}\n- Old. ${origin}\n`);
    await expect(made.memory.add("notes", newNotes(["One"], 100))).rejects.toMatchObject({
      code: "MEMORY_FAILED",
      message: 'Cannot add to the memory "notes": what people wrote there leaves no room in 100 bytes',
    });
    expect(await textOf(made)).toContain("- Old.");
  });

  it("gives as much as there is room for: not the oldest notes, then the beginning of what people wrote", async () => {
    const made = await create();
    made.write("notes", "Mine.\n");
    await made.memory.add("notes", newNotes(["One", "Two"]));
    expect(await made.memory.read("notes", 60)).toEqual({
      text: `Mine.\n- Two ${origin}\n`,
      notes: 1,
      left: 1,
    });
    expect(await made.memory.read("notes", 4)).toMatchObject({ notes: 0, left: 2 });
    expect(await textOf(made, "notes", 4)).toBe("Mine\n… 2 bytes left out …\n");
  });

  it("keeps whatever a note holds on one line, and every other line as it was", async () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom(..."\n\r\u2028\u001b[31m<!-->`#-*> (2026-01-01, run x, step y)".split("")),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { maxLength: 5 }), fc.array(hostile), async (texts, written) => {
        const made = await create();
        const own = written.map((line) => `own ${line.toWellFormed().replaceAll("\n", " ")}\n`).join("");
        if (own !== "") made.write("notes", own);
        await made.memory.add("notes", newNotes(["first"], 1e6));
        const before = await textOf(made);
        expect(before.startsWith(own)).toBe(true);
        const { added } = await made.memory.add("notes", newNotes(texts, 1e6));
        const after = await textOf(made);
        expect(after.startsWith(before)).toBe(true);
        const lines = after.slice(before.length).split("\n").slice(0, -1);
        expect(lines).toHaveLength(added);
        // oxlint-disable-next-line no-control-regex
        for (const line of lines)
          expect(line).toMatch(/^- [^\u0000-\u001f\u2028\u2029]+ \(2026-01-02, run r1/);
        expect(await made.memory.read("notes")).toMatchObject({ notes: 1 + added });
        expect(await made.memory.add("notes", newNotes(texts, 1e6))).toMatchObject({ added: 0 });
        await made.memory.clear("notes");
      }),
      { numRuns: 60 },
    );
  });

  it("shortens a note that is very long", async () => {
    const made = await create();
    await made.memory.add("notes", newNotes(["é".repeat(5000)]));
    const [line = ""] = (await textOf(made)).match(/^- é+….*$/m) ?? [];
    expect(line.length).toBe(2 + 500 + 1 + origin.length);
  });

  it("has all that was added at once", async () => {
    const made = await create();
    await Promise.all(
      Array.from({ length: 12 }, (_, at) => made.memory.add("notes", newNotes([`note ${at}`]))),
    );
    expect(await made.memory.read("notes")).toMatchObject({ notes: 12 });
  });

  it("gives what is being added", async () => {
    const made = await create();
    const adding = made.memory.add("notes", newNotes(["One"]));
    expect(await textOf(made)).toContain("- One");
    await adding;
  });

  it("keeps names apart, and forgets one when it is told to", async () => {
    const made = await create();
    await made.memory.add("b", newNotes(["One"]));
    await made.memory.add("a", newNotes(["Two", "Three"]));
    expect((await made.memory.list()).map(({ name, notes }) => [name, notes])).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
    expect(await made.memory.clear("a")).toBe(true);
    expect(await made.memory.read("a")).toBeUndefined();
    expect(await made.memory.read("b")).toMatchObject({ notes: 1 });
  });
}
