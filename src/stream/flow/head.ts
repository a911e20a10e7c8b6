import { isObject, type Json } from "../../expression/json.ts";
import type { StationHead } from "./station.ts";

/** How far the source has been read. */
export interface SourceHead {
  /** Records that were read, and what could not be read as records. */
  read: number;
  bad: number;
  position: Json;
  ended: boolean;
  /** Dead letters that went back to where they died. */
  replayed?: number;
}

export interface FlowHead {
  readonly version: 1;
  /** Which pipeline it is of: names of places and who takes from whom. */
  readonly shape: string;
  readonly source: SourceHead;
  readonly stations: Readonly<Record<string, StationHead>>;
}

/** What `Flow` has written, as it reads it. */
export function readHead(head: Json): FlowHead {
  if (!isObject(head) || head["version"] !== 1) throw new TypeError("this is no head of a pipeline");
  return head as unknown as FlowHead;
}
