import type { ShellText } from "../core/gate-check.ts";
import { replacePlaceholders, valueOf } from "./arguments.ts";
import type { CallArguments, Placeholder } from "./arguments.ts";

/**
 * A `!` line in which every placeholder is a reference to the environment, with the values it reads; inside single
 * quotes the quotes are opened for it. A placeholder without a value stays as it stands.
 */
export function shellLine(
  line: string,
  { names, call }: { readonly names: readonly string[]; readonly call: CallArguments },
): ShellText & { readonly met: number } {
  const values: Record<string, string> = {};
  let met = 0;
  const text = singleQuoted(line)
    .map(({ part, quoted }) =>
      replacePlaceholders(part, names, ({ escaped, take }) => {
        if (escaped) return undefined;
        met += 1;
        const value = valueOf(take, call);
        if (value === undefined) return undefined;
        const name = variable(take, names);
        values[name] = value.replaceAll("\0", "");
        return quoted ? `'"\${${name}}"'` : `\${${name}}`;
      }),
    )
    .join("");
  return { line: text, values, met };
}

function variable(take: Placeholder["take"], names: readonly string[]): string {
  if (take === "all") return "TUTTI_ARGUMENTS";
  return `TUTTI_ARG_${typeof take === "number" ? take : names.indexOf(take.name)}`;
}

/** The line in parts: those in single quotes (with the quotes) and the others. */
function singleQuoted(line: string): { readonly part: string; readonly quoted: boolean }[] {
  const token = /'[^']*'|(?:\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|[^'\\"]|["\\'])/g;
  return [...line.matchAll(token)].reduce<{ part: string; quoted: boolean }[]>((parts, [part]) => {
    const quoted = part.length > 1 && part.startsWith("'");
    const last = parts.at(-1);
    if (last && !quoted && !last.quoted) last.part += part;
    else parts.push({ part, quoted });
    return parts;
  }, []);
}
