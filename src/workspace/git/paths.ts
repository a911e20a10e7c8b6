/**
 * Paths are bytes to git. Here they are texts of one character a byte (`raw`), so that no name is lost; people and globs see
 * them as UTF-8 (`shown`).
 */
export type RawPath = string;

export function shown(path: RawPath): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

export function rawOf(text: string): RawPath {
  return Buffer.from(text, "utf8").toString("latin1");
}

export function bytesOf(path: RawPath): Buffer {
  return Buffer.from(path, "latin1");
}

/** A file of a tree, for `node:fs`. */
export function fileAt(root: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`, "utf8"), bytesOf(path)]);
}

/** What git prints with `-z`. */
export function zeroList(bytes: Buffer): readonly RawPath[] {
  if (bytes.length === 0) return [];
  const parts = bytes.toString("latin1").split("\0");
  if (parts.at(-1) === "") parts.pop();
  return parts;
}

/** For `-z --stdin`. */
export function zeroInput(paths: Iterable<RawPath>): Buffer {
  return bytesOf([...paths].map((path) => `${path}\0`).join(""));
}

/** For commands that read a name a line: in quotes where they are needed. */
export function lineInput(paths: Iterable<RawPath>): Buffer {
  return bytesOf([...paths].map((path) => `${needsQuotes(path) ? quoted(path) : path}\n`).join(""));
}

function needsQuotes(path: RawPath): boolean {
  return /["\n\r\\]/.test(path);
}

/** As C has it. */
export function quoted(path: RawPath): string {
  const inner = path.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`);
  return `"${inner.replaceAll("\r", String.raw`\r`)}"`;
}

/** The path as seen from the project's folder; what lies outside of it begins with `../`. */
export function fromProject(path: RawPath, prefix: string): string {
  const text = shown(path);
  if (prefix === "") return text;
  const from = prefix.split("/");
  const to = text.split("/");
  let same = 0;
  while (same < from.length && same < to.length - 1 && from[same] === to[same]) same++;
  return [...from.slice(same).map(() => ".."), ...to.slice(same)].join("/");
}

/** As people are told of them: from the project's folder, sorted, each once. */
export function filesShown(paths: Iterable<RawPath>, prefix: string): readonly string[] {
  return [...new Set([...paths].map((path) => fromProject(path, prefix)))].sort();
}
