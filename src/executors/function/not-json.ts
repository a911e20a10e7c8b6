/** JSON.stringify and every reader recurse; this is far beyond any real value and far from the stack's end. */
const maxDepth = 1000;

/** Says where and why a value is no JSON; undefined when it is. Absent keys may be undefined. */
export function notJson(value: unknown): string | undefined {
  return check(value, { path: "the result", above: [] });
}

interface Place {
  readonly path: string;
  /** The objects that the value lies in. */
  readonly above: readonly unknown[];
}

function check(value: unknown, place: Place): string | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return undefined;
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : `${place.path} is ${value}`;
  }
  if (typeof value !== "object") return `${place.path} is ${article(typeof value)}`;
  if (place.above.length === maxDepth) return `the result is nested more than ${maxDepth} levels deep`;
  if (place.above.includes(value)) return `${place.path} holds itself`;
  const above = [...place.above, value];
  return Array.isArray(value)
    ? checkList(value, { ...place, above })
    : checkObject(value, { ...place, above });
}

function checkList(list: readonly unknown[], { path, above }: Place): string | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const problem = check(list[index], { path: `${path}[${index}]`, above });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkObject(value: object, { path, above }: Place): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    return `${path} is ${article(value.constructor.name || "object of a class")}`;
  }
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const problem = check(item, { path: `${path}.${key}`, above });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function article(name: string): string {
  return name === "undefined" ? name : `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`;
}
