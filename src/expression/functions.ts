/**
 * The ids of those of the items `{id, depends_on}`, as CEL has them, that never have all that they depend on, because some
 * wait for each other.
 */
export function circular(items: readonly unknown[]): string[] {
  const waits = new Map<unknown, Entry>();
  for (const item of items) {
    const entry = entryOf(item);
    if (entry) waits.set(entry.id, entry);
  }
  let left = waits.size + 1;
  while (waits.size < left) {
    left = waits.size;
    for (const { id, needs } of waits.values()) if (!needs.some((one) => waits.has(one))) waits.delete(id);
  }
  return [...waits.values()].map(({ id }) => id);
}

/** What such items depend on and none of them is. */
export function unmet(items: readonly unknown[]): unknown[] {
  const entries = items.flatMap((item) => entryOf(item) ?? []);
  const ids = new Set<unknown>(entries.map(({ id }) => id));
  return [...new Set(entries.flatMap(({ needs }) => needs.filter((one) => !ids.has(one))))];
}

/** Each of the items with its place, from 1: `{number, item}`. */
export function numbered(items: readonly unknown[]): Map<string, unknown>[] {
  return items.map(
    (item, index) =>
      new Map<string, unknown>([
        ["number", BigInt(index + 1)],
        ["item", item],
      ]),
  );
}

interface Entry {
  readonly id: string;
  readonly needs: readonly unknown[];
}

function entryOf(item: unknown): Entry | undefined {
  if (!(item instanceof Map)) return undefined;
  const id: unknown = item.get("id");
  const needs: unknown = item.get("depends_on");
  return typeof id === "string" ? { id, needs: Array.isArray(needs) ? needs : [] } : undefined;
}

/** What an expression says itself of why it has no value. */
export class Said extends Error {}

export function fail(text: string): never {
  throw new Said(text);
}
