import type { Mark } from "./http-unseen.ts";
import { isCount, readPosition } from "./position.ts";
import type { Json, JsonObject } from "../../expression/json.ts";

/** Pages of a round of which it is kept what was taken: of later ones all is taken again in the next round. */
const mostPages = 100;

/** Where a reader is: at a page of a round that begins with the URL of the source. */
export interface Turn {
  /** Null: the URL of the source, which may hold secrets. */
  readonly page: string | null;
  /** Which page of the round it is, from 0 on. */
  readonly no: number;
  /** What was taken of each page: in this round, or in the one before if it has not come to it yet. */
  readonly taken: readonly (readonly Mark[])[];
  /** Of the only page of the round before. */
  readonly etag?: string;
  /** Not to be asked before; ms since the epoch. */
  readonly dueAt?: number;
}

export function readTurn(position: Json | undefined): Turn {
  return readPosition(position, { kind: "http", parse: parseTurn }) ?? { page: null, no: 0, taken: [] };
}

export function positionOf(turn: Turn): Json {
  return { kind: "http", ...turn };
}

/** So much is taken of the page now. */
export function withTaken({ page, no, taken }: Turn, marks: readonly Mark[]): Turn {
  if (no >= mostPages) return { page, no, taken };
  const before = Array.from({ length: no }, (_, at) => taken[at] ?? []);
  return { page, no, taken: [...before, marks, ...taken.slice(no + 1)] };
}

function parseTurn({ page, no = 0, taken, etag, dueAt }: JsonObject): Turn | undefined {
  if (!isCount(no) || (page !== null && typeof page !== "string")) return undefined;
  return {
    page,
    no,
    taken: Array.isArray(taken) ? taken.map(parseMarks) : [],
    ...(typeof etag === "string" ? { etag } : {}),
    ...(isCount(dueAt) ? { dueAt } : {}),
  };
}

/** What cannot be read proves nothing. */
function parseMarks(value: Json): readonly Mark[] {
  const marks = Array.isArray(value) ? value.map(parseMark) : [];
  return marks.every((mark) => mark !== undefined) ? marks : [];
}

function parseMark(value: Json): Mark | undefined {
  if (!Array.isArray(value)) return undefined;
  const [count, hash] = value;
  return isCount(count) && typeof hash === "string" ? [count, hash] : undefined;
}
