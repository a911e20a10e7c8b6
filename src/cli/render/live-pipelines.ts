import type { NodeView } from "../../core/view.ts";
import type { StreamFigures } from "../../stream/figures.ts";
import type { Line } from "./lines.ts";
import { pipelineTable } from "./pipeline-table.ts";
import type { Glyphs } from "./words.ts";

/** Tables of figures, to be drawn below the rows of their nodes. */
export interface Tables {
  linesOf(address: string): readonly Line[];
  /** Lines of all of them. */
  readonly height: number;
}

export interface TablesOptions {
  readonly figuresOf: (address: string) => StreamFigures | undefined;
  readonly glyphs: Glyphs;
  readonly columns: number;
  /** Lines for nodes and tables. */
  readonly room: number;
}

/** Head, source and one more; with less a table says less than the row of its node. */
const leastHeight = 3;

/** A table for each pipeline, in what room the nodes leave, and in half of it at least; none where that is too little. */
export function tablesOf(
  nodes: readonly NodeView[],
  { figuresOf, glyphs, columns, room }: TablesOptions,
): Tables {
  const known = nodes.flatMap(({ address, depth }) => {
    const figures = figuresOf(address);
    return figures ? [{ address, depth, figures }] : [];
  });
  const height = Math.floor(Math.max(room / 2, room - nodes.length) / Math.max(1, known.length));
  if (height < leastHeight) return { linesOf: () => [], height: 0 };
  const tables = new Map(
    known.map(({ address, depth, figures }) => {
      const indent = " ".repeat(Math.min(4 + depth * 2, Math.floor(columns / 6)));
      const lines = pipelineTable(figures, { width: columns - indent.length, height, glyphs });
      return [address, lines.map((line) => [{ text: indent }, ...line])] as const;
    }),
  );
  return {
    linesOf: (address) => tables.get(address) ?? [],
    height: [...tables.values()].reduce((sum, lines) => sum + lines.length, 0),
  };
}
