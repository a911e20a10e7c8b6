import { parseDocument } from "yaml";
import type { Json } from "../expression/json.ts";

/** The YAML text with another value at a path; everything else, comments too, stays as it is written. */
export function withValue(
  text: string,
  path: readonly (string | number)[],
  { value }: { readonly value: Json },
): string {
  const document = parseDocument(text);
  document.setIn(path, value);
  return document.toString({ lineWidth: 0 });
}
