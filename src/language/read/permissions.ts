import { isObject } from "../../expression/json.ts";
import type { TextUse } from "../drafts.ts";
import { permissions as word } from "../leaves.ts";
import { permissionsShape } from "../permission-shapes.ts";
import type { AgentGrants } from "../workflow.ts";
import { askOf } from "./ask.ts";
import type { Loading, Located } from "./loading.ts";
import { readLeaf, readObject } from "./read-object.ts";

export interface ReadPermissions {
  readonly permissions?: AgentGrants["permissions"];
  readonly texts: readonly TextUse[];
}

/** Reads `permissions:`, `deny`, `ask`, or an object that says who is asked about a call, until when, and what holds then. */
export function readPermissions(loading: Loading, at: Located | undefined): ReadPermissions {
  if (!at) return { texts: [] };
  const said = isObject(at.value) ? "ask" : readLeaf(loading, at, { key: "permissions", schema: word });
  if (said !== "ask") return { ...(said ? { permissions: said } : {}), texts: [] };
  const given = isObject(at.value) ? at : { ...at, value: {} };
  const read = readObject(loading, given, permissionsShape);
  if (!read) return { texts: [] };
  // what is asked is made of the call
  const text = { value: "", spot: at.spot };
  const { action, texts } = askOf(loading, read, { ask: "approval", text, where: "step" });
  return { permissions: action, texts };
}
