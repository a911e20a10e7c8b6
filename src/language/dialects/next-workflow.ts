import { isObject, type Json } from "../../expression/json.ts";
import { freeName, identifier } from "../checks/names.ts";
import type { Located } from "../read/loading.ts";
import { wrongType } from "../read/read-object.ts";
import type { Builder, Target } from "./builder.ts";
import { outputOf } from "./inputs.ts";

export interface NextWorkflow {
  /** Its name: that of a pattern, or a file. */
  readonly at: Located;
  /** Values of its inputs, when they are written. */
  readonly given: Located | undefined;
  /** The step before it, whose output it is told. */
  readonly after: Target | undefined;
  /** What all of this is about: a template. */
  readonly goal: string;
  /** Names that are given away; its own is added. */
  readonly taken: Set<string>;
}

/**
 * The step that goes on with another workflow. A pattern is given its goal: what the command before it worked on, what
 * that found, and how the context is to be changed. A file takes other names: they are written in `with`.
 */
export function nextWorkflow(
  builder: Builder,
  next: NextWorkflow,
): { readonly name: string; readonly step: Target } | undefined {
  const { at, given, taken } = next;
  if (typeof at.value !== "string" || at.value.trim() === "") {
    const wanted = "the name of a pattern or a file, such as research_plan_execute or ./other.yaml";
    wrongType(builder.loading, { at, what: '"next_workflow"', wanted });
    return undefined;
  }
  const name = at.value.trim();
  const isFile = /[/\\]|\.(?:ya?ml|json)$/.test(name);
  const bare = name.replace(/^pattern:/, "");
  const step: Target = {};
  const stem = identifier(bare.replace(/\.[^.]*$/, "")) || "next";
  const own = freeName(stem, taken);
  taken.add(own);
  builder.put(step, "name", { from: at, value: own });
  builder.put(step, "workflow", { from: at, value: isFile ? name : `pattern:${bare}` });
  if (given) builder.put(step, "with", { from: given });
  else if (!isFile) builder.put(step, "with", { from: at, value: { goal: goalOf(next) } });
  return { name: own, step };
}

function goalOf({ goal, after }: NextWorkflow): string {
  const name = after?.["name"];
  const known = typeof name === "string" ? `Known so far: ${outputOf(name)}` : "";
  return [goal, known, modifications(after?.["context"])].filter((part) => part !== "").join("\n");
}

/** `context_modifications` of the command, which the other workflow would not see otherwise. */
function modifications(context: Json | undefined): string {
  if (!isObject(context)) return "";
  const all = [context["context_modification"], context["context_modifications"]].flat();
  const texts = all.filter((one) => typeof one === "string");
  return texts.length === 0 ? "" : `Mind: ${texts.join(", ")}`;
}
