import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isTuttiError } from "../../../errors.ts";
import { pathInside } from "../../inside.ts";
import { ToolFailed, ToolForbidden } from "./tool.ts";

/** What belongs to git and to tutti is nobody's to change by a tool for files: its hooks and settings are programs. */
const kept = new Set([".git", ".tutti"]);

/** The path from the folder, with `/` and without `..` on its way, as rules and people speak of it. */
export function pathFrom(cwd: string, path: string): string {
  const tidy = relative(cwd, resolve(cwd, path)).replaceAll("\\", "/");
  return tidy === "" ? "." : tidy;
}

/** The absolute path of what is read. Throws ToolFailed when it lies outside the folder, by a link too, or is not there. */
export async function placeToRead(cwd: string, path: string): Promise<string> {
  const root = await realpath(cwd);
  const named = isAbsolute(path) ? path : `${root}${sep}${path}`;
  const real = await realpath(named).catch(() => undefined);
  if (real === undefined) throw new ToolFailed(`There is no "${path}".`);
  if (real !== root && !real.startsWith(`${root}${sep}`)) throw new ToolFailed(outside(path));
  return real;
}

/** The absolute path of what is written, be it there or not. Throws ToolForbidden when it lies outside, by a link too. */
export async function placeToWrite(cwd: string, path: string): Promise<string> {
  const root = await realpath(cwd);
  const from = pathFrom(path.startsWith(`${root}${sep}`) ? root : cwd, path);
  const target = await pathInside(root, from).catch((error: unknown) => {
    if (isTuttiError(error)) throw new ToolForbidden(outside(path));
    throw error;
  });
  const there = await lstat(target).catch(() => undefined);
  const real = there ? await realpath(target).catch(() => undefined) : await realPlace(target);
  if (real === undefined || !real.startsWith(`${root}${sep}`)) throw new ToolForbidden(outside(path));
  if (
    relative(root, real)
      .split(sep)
      .some((part) => kept.has(part))
  )
    throw new ToolForbidden(`"${path}" belongs to git or tutti and is not changed by tools.`);
  return real;
}

/** Where a file that is not there yet would be. */
async function realPlace(path: string): Promise<string> {
  const above = dirname(path);
  const real = await realpath(above).catch(() => undefined);
  return join(real ?? (above === path ? above : await realPlace(above)), basename(path));
}

function outside(path: string): string {
  return `"${path}" lies outside the folder that you work in; paths are relative to it.`;
}
