import type { MemoryRead, MemoryWritten } from "../../core/memory.ts";
import type { NodeView } from "../../core/view.ts";
import type { Shown } from "./out.ts";
import { countText, oneLine } from "./words.ts";

/** What the step was told from its memory, and what it has learned. */
export function memoryLines({ memory, status }: NodeView): Shown[] {
  const { read, learned = [], written } = memory ?? {};
  return [
    ...(read ? [`  ${toldText(read)}`] : []),
    ...learned.map((text) => `  learned: ${oneLine(text)}`),
    ...(written ? [`  ${keptText(written)}`] : []),
    ...(learned.length > 0 && status === "claimed" ? ["  not kept in memory: the step is not verified"] : []),
  ];
}

/** What a step was told. */
export function toldText({ name, bytes = 0, notes = 0, left = 0, trouble }: MemoryRead): string {
  const told = `told from memory ${name}: `;
  if (trouble !== undefined) return `${told}nothing: ${oneLine(trouble)}`;
  if (bytes === 0) return `${told}nothing was there`;
  const older = left === 0 ? "" : `; ${countText(left, "older note")} left out, there was no room`;
  return `${told}${countText(notes, "note")}, ${countText(bytes, "byte")}${older}`;
}

/** What became of what it has learned. */
export function keptText(written: MemoryWritten): string {
  return `kept in memory ${written.name}: ${writtenText(written)}`;
}

/** What became of what was learned. */
export function writtenText({ added = 0, known = 0, dropped = 0, trouble }: MemoryWritten): string {
  if (trouble !== undefined) return `nothing: ${oneLine(trouble)}`;
  return [
    countText(added, "new note"),
    ...(known === 0 ? [] : [`${known} known before`]),
    ...(dropped === 0 ? [] : [`${dropped} of the oldest went, there was no room`]),
  ].join(", ");
}
