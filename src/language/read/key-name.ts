import { name as nameLeaf } from "../leaves.ts";
import { type Loading, type Located, shown } from "./loading.ts";

/** A name that stands as a key, of what is at `at`. */
export function checkKeyName(
  { report }: Loading,
  { spot }: Located,
  { name, what, fix }: { readonly name: string; readonly what: string; readonly fix?: string },
): void {
  if (isName(name)) return;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot name ${what} "${shown(name)}": a name begins with a letter or _ and goes on with letters, digits, _ and -`,
    fix: fix ?? `write ${nameLeaf.description}`,
    at: spot,
    part: "key",
  });
}

export function isName(name: string): boolean {
  return nameLeaf.safeParse(name).success;
}
