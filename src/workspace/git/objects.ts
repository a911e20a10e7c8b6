import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { messageOf, TuttiError } from "../../errors.ts";
import type { Repository } from "./repository.ts";
import type { Tree } from "./tree.ts";

/** An object of a repository: its bytes as a text of one character a byte. */
export interface GitObject {
  readonly kind: "tree" | "commit";
  readonly body: string;
}

/** How many bytes the names of a repository's objects have: 20 (SHA-1) or 32 (SHA-256). */
export type HashBytes = number;

/** What git calls it: the hash of its kind, its length and its bytes. */
export function nameOf(object: GitObject, hashBytes: HashBytes): string {
  return createHash(hashBytes === 32 ? "sha256" : "sha1")
    .update(bytesOf(object))
    .digest("hex");
}

function bytesOf({ kind, body }: GitObject): Buffer {
  return Buffer.from(`${kind} ${body.length}\0${body}`, "latin1");
}

/**
 * Keeps an object in a file of its own, as git does (gitrepository-layout, "objects"): whole or not at all, under its name. Starting git
 * takes longer by far. Throws WORKSPACE_UNFIT when it cannot be written.
 */
export function keepObject(
  { commonDir, root }: Pick<Repository, "commonDir" | "root">,
  { object, name }: { readonly object: GitObject; readonly name: string },
): void {
  const dir = join(commonDir, "objects", name.slice(0, 2));
  const file = join(dir, name.slice(2));
  if (existsSync(file)) return;
  // git tidies up what has such a name; beside the folders, in which a new file costs the file system more
  const made = join(commonDir, "objects", `tmp_obj_${randomUUID()}`);
  try {
    mkdirSync(dir, { recursive: true });
    writeFileSync(made, deflateSync(bytesOf(object), { level: 1 }), { mode: 0o444, flag: "wx" });
    renameSync(made, file);
  } catch (error) {
    if (existsSync(made)) rmSync(made);
    throw notKept(root, error);
  }
}

function notKept(root: string, error: unknown): TuttiError {
  const why = messageOf(error);
  return new TuttiError("WORKSPACE_UNFIT", `Cannot keep what lies in "${root}": ${why}`, {
    fix: /ENOSPC|EDQUOT/.test(why) ? "make room on the disk" : "let this user write into the repository",
    cause: error,
  });
}

/** Settings by which git writes objects in another way than here. */
const special = String.raw`^(core\.(sharedrepository|fsync.*)|extensions\.compatobjectformat)$`;

/** Whether `keepObject` does what git would. */
export async function keepsObjects(tree: Tree, signal: AbortSignal): Promise<boolean> {
  tree.keepsObjects ??= await (async () => {
    const call = { signal, ok: [0, 1] };
    const found = await tree.repository.git.run(["config", "--get-regexp", special], call);
    return found.exitCode === 1;
  })();
  return tree.keepsObjects;
}
