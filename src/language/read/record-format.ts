import { defined } from "../defined.ts";
import type { RecordFormat } from "../pipeline.ts";
import type { Spot } from "../places.ts";
import type { Loading } from "./loading.ts";

/** The part of an object that says how bytes become records. */
export interface FormatRead {
  readonly leaves: { readonly separator?: string; readonly columns?: readonly string[] };
  has(key: "separator" | "columns"): boolean;
  readonly spotOf: (key: string) => Spot;
}

/** What `separator` and `columns` beside it say of a format; reported where they say nothing of it. */
export function formatOf(loading: Loading, read: FormatRead, kind: RecordFormat["kind"]): RecordFormat {
  if (kind !== "csv") {
    reportColumns(loading, read, kind);
    return { kind };
  }
  const { separator = ",", columns } = read.leaves;
  checkColumns(loading, read, columns);
  return { kind, separator, ...defined({ columns }) };
}

/** Reports `separator` and `columns` where nothing is csv. */
export function reportColumns({ report }: Loading, read: FormatRead, kind: string): void {
  for (const key of ["separator", "columns"] as const) {
    if (!read.has(key)) continue;
    const message = `Cannot use "${key}" here: the records are ${kind}, and only csv has columns`;
    report.add({
      code: "BAD_VALUE",
      message,
      fix: "take it out, or say csv",
      at: read.spotOf(key),
      part: "key",
    });
  }
}

function checkColumns({ report }: Loading, read: FormatRead, columns: readonly string[] = []): void {
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice === undefined) return;
  report.add({
    code: "DUPLICATE_NAME",
    message: `Cannot name a column "${twice}": another has this name`,
    fix: "give one of the two another name",
    at: read.spotOf("columns"),
  });
}

/** What the ending of a path says of the records in it; undefined: nothing. */
export function formatOfPath(path: string): RecordFormat | undefined {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  switch (ending) {
    case "jsonl":
    case "ndjson":
      return { kind: "jsonl" };
    case "csv":
      return { kind: "csv", separator: "," };
    case "tsv":
      return { kind: "csv", separator: "\t" };
    case "txt":
    case "log":
    case "lines":
      return { kind: "lines" };
    default:
      return undefined;
  }
}
