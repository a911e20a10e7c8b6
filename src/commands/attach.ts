import { readFile, readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, relative, resolve } from "node:path";
import { messageOf } from "../errors.ts";
import type { Problem } from "../errors.ts";
import { fencesOf } from "./fences.ts";
import { shown } from "./names.ts";
import { realOrNone } from "./read.ts";

interface AttachOptions {
  readonly cwd: string;
  /** Nothing outside this folder is attached. */
  readonly root: string;
  readonly warn?: (problem: Problem) => void;
}

const maxFileBytes = 256 * 1024;
const maxTotalBytes = 1024 * 1024;

/** The `@path`s of a template, outside of code blocks, each once. */
export function fileReferences(template: string): string[] {
  const text = withoutFences(template);
  const found = text.matchAll(/(?<=^|[\s(])@([^\s`"'<>(){},;]+)/gm);
  return [...new Set([...found].map((match) => (match[1] ?? "").replace(/[.,:;!?\]]+$/, "")))].filter(
    (path) => path !== "",
  );
}

function withoutFences(template: string): string {
  let text = "";
  let from = 0;
  for (const fence of fencesOf(template)) {
    text += template.slice(from, fence.start);
    from = fence.end;
  }
  return text + template.slice(from);
}

/** The contents of the files, as text to add to a prompt; what cannot be attached is told and left out. */
export async function attachFiles(references: readonly string[], options: AttachOptions): Promise<string> {
  let text = "";
  let bytes = 0;
  for (const reference of references) {
    const attached = await attach(reference, options);
    if ("why" in attached) {
      if (attached.why !== "") options.warn?.(problem(reference, attached.why));
      continue;
    }
    bytes += attached.content.length;
    if (bytes > maxTotalBytes) {
      options.warn?.(problem(reference, `the files of one command are at most ${maxTotalBytes} bytes`));
      break;
    }
    text += `\n\n${block(attached.name, attached.content)}`;
  }
  return text;
}

type Attached = { readonly name: string; readonly content: string } | { readonly why: string };

async function attach(reference: string, { cwd, root }: AttachOptions): Promise<Attached> {
  const [, path = "", from, to = from] = /^(.*?)(?:#L(\d+)(?:-L?(\d+))?)?$/s.exec(reference) ?? [];
  const place = await placeOf(resolve(cwd, path.replace(/^~(?=\/)/, homedir())), root);
  if ("why" in place) return { why: place.exists || looksLikePath(path) ? place.why : "" };
  const read = await contentOf(place.real);
  if ("why" in read) return read;
  return {
    name: place.name,
    content: from === undefined ? read.content : lines(read.content, Number(from), Number(to)),
  };
}

/** Where a path leads, links followed, when that is inside the root. */
async function placeOf(wanted: string, root: string) {
  const real = await realOrNone(wanted);
  const realRoot = (await realOrNone(root)) ?? root;
  const inside = real === undefined ? isInside(root, wanted) : isInside(realRoot, real);
  if (!inside) return { why: "it lies outside the project", exists: real !== undefined };
  if (real === undefined) return { why: "it does not exist", exists: false };
  return { real, name: relative(realRoot, real) || "." };
}

/** A file's text, or the names in a folder. */
async function contentOf(real: string): Promise<{ readonly content: string } | { readonly why: string }> {
  try {
    const about = await stat(real);
    if (about.isDirectory()) return { content: (await readdir(real)).sort().slice(0, 500).join("\n") };
    if (!about.isFile()) return { why: "it is not a file" };
    if (about.size > maxFileBytes) return { why: `it is larger than ${maxFileBytes} bytes` };
    const content = await readFile(real, "utf8");
    return content.includes("\0") ? { why: "it is not text" } : { content };
  } catch (error) {
    return { why: messageOf(error) };
  }
}

function lines(content: string, from: number, to: number): string {
  return content
    .split("\n")
    .slice(Math.max(0, from - 1), to)
    .join("\n");
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}

/** A mention such as `@someone` or `@param` is not worth a warning. */
function looksLikePath(path: string): boolean {
  return /^(?:\.{1,2}|~)?\/|\/$|\.[A-Za-z]\w*$/.test(path);
}

/** The content between fences that it cannot close. */
function block(name: string, content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return `Contents of ${shown(name)} (attached file):\n${fence}\n${content.replace(/\n$/, "")}\n${fence}`;
}

function problem(reference: string, why: string): Problem {
  return {
    severity: "warning",
    code: "FILE_NOT_FOUND",
    message: `Cannot attach "@${shown(reference)}": ${why}`,
    fix: "name a text file inside the project",
  };
}
