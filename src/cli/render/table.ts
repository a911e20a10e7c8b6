import type { Shown } from "./out.ts";
import type { Span } from "./lines.ts";
import { displayWidth, padText } from "./width.ts";
import { oneLine } from "./words.ts";

export type Cell = string | Span;

/** Rows with their columns one below the other; the last column is not filled up. */
export function tableLines(rows: readonly (readonly Cell[])[]): Shown[] {
  const plain = rows.map((row) => row.map((cell) => spanOf(cell)));
  const widths = (plain[0] ?? []).map((_, column) =>
    Math.max(...plain.map((row) => displayWidth(row[column]?.text ?? ""))),
  );
  return plain.map((row) =>
    row.map((cell, column) => {
      const isLast = column === row.length - 1;
      return { ...cell, text: isLast ? cell.text : `${padText(cell.text, widths[column] ?? 0)}  ` };
    }),
  );
}

function spanOf(cell: Cell): Span {
  return typeof cell === "string" ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) };
}

/** The heads of columns. */
export function headCells(...names: readonly string[]): readonly Cell[] {
  return names.map((text) => ({ text, dim: true }));
}
