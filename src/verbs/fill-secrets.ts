import { secretMarker } from "../core/effects.ts";
import { TuttiError } from "../errors.ts";
import type { Parts } from "./parts.ts";

/** A text with the values of secrets in the places of their markers, which nothing that leaves this process holds from now on. */
export function fillSecrets(
  { secrets, learnSecrets }: Pick<Parts, "secrets" | "learnSecrets">,
  { seed, text, what }: { readonly seed: string; readonly text: string; readonly what: string },
): string {
  const [start = "", end = ""] = secretMarker(seed, "\0").split("\0");
  const [first = "", ...parts] = text.split(start);
  const filled = parts.map((part) => {
    const [name = "", ...rest] = part.split(end);
    const value = secrets(name);
    if (!value) throw missing(what, name);
    learnSecrets([value]);
    return value + rest.join(end);
  });
  return [first, ...filled].join("");
}

function missing(what: string, name: string): TuttiError {
  return new TuttiError("SECRET_MISSING", `Cannot ${what}: the secret "${name}" has no value here`, {
    fix: "set it in the environment, or name the variable that holds it under `secrets:` of tutti.yaml",
  });
}
