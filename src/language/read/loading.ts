import { type Json, type JsonObject, isObject } from "../../expression/json.ts";
import type { Report } from "../diagnostics/report.ts";
import { below, type Places, type Spot } from "../places.ts";
import type { McpServerSpec, Workflow } from "../workflow.ts";

/** Names from outside against which a load is checked; a check whose list is absent is left out. */
export interface KnownNames {
  readonly commands?: readonly string[];
  readonly agents?: readonly string[];
  readonly functions?: readonly string[];
  /** Gates with a name, from the settings: gate definitions in canonical form. */
  readonly gates?: Readonly<Record<string, JsonObject>>;
  /** MCP servers of the project. */
  readonly servers?: Readonly<Record<string, McpServerSpec>>;
  /** Other workflows by the text that names them, or why one cannot be used. */
  readonly workflows?: Readonly<Record<string, Workflow | string>>;
}

/** What every reader of a part gets. */
export interface Loading {
  readonly report: Report;
  readonly known: KnownNames;
  /** Other workflows that are named; filled while reading. */
  readonly called: Set<string>;
  /** MCP servers of the workflow itself. */
  readonly servers?: Readonly<Record<string, McpServerSpec>>;
  readonly places: Places;
  /** Resources of the workflow: those that it declares, and those that what is read in it needs besides. */
  readonly resources: Map<string, number>;
}

/** A value and where it stands. */
export interface Located {
  readonly value: Json;
  readonly spot: Spot;
}

/** The members of a list, each with its spot. */
export function itemsOf({ value, spot }: Located): readonly Located[] {
  return Array.isArray(value)
    ? value.map((item: Json, index) => ({ value: item, spot: below(spot, value, index) }))
    : [];
}

/** The member of an object, with its spot. */
export function memberOf({ value, spot }: Located, key: string): Located | undefined {
  if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
  const member = value[key];
  return member === undefined ? undefined : { value: member, spot: below(spot, value, key) };
}

/** A value as it is shown in a message: JSON, cut to 60 characters. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** "text", "number", "list" …: what a value is. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return "a text";
  return typeof value === "number" ? "a number" : "true or false";
}
