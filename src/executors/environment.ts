/** What every program may see of the environment tutti runs in. */
const allowed = ["PATH", "HOME", "USER", "LANG", "LC_*", "TERM", "TMPDIR", "SHELL", "TZ"];

/** The allow-list's part of an environment; `names` adds to the list, `*` at the end of a name stands for any rest. */
export function baseEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  names: readonly string[] = [],
): Readonly<Record<string, string>> {
  const list = [...allowed, ...names];
  const entries = Object.entries(source).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && list.some((name) => fits(name, entry[0])),
  );
  return Object.fromEntries(entries);
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
