import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname, resolve } from "node:path";
import { createDraft } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { markToJson, openFileText } from "./file-text.ts";
import type { FileMark, FileText, FileTextOptions } from "./file-text.ts";
import { inoOf } from "./ino.ts";
import type { SourceOptions } from "./options.ts";
import { expandPaths } from "./paths.ts";
import type { FoundPath } from "./paths.ts";
import { findAgain } from "./rotated.ts";
import { createPause } from "./wait.ts";
import type { Pause } from "./wait.ts";
import { isTuttiError } from "../../errors.ts";
import type { Intake, SourceReader } from "../source.ts";

/** How often files are looked at; the system's hints only make it sooner. */
const lookMs = 1000;

export interface FollowOptions {
  /** How far files were read before. */
  readonly marks: readonly FileMark[] | undefined;
  readonly text: FileTextOptions;
  readonly host: Pick<SourceOptions["host"], "clock" | "print">;
}

/** A file that is followed. */
interface Tail {
  readonly text: FileText;
  /** Where it lies now, or lay last. */
  found: FoundPath;
  /** No path leads to it any more, since then (ms of the clock): it is read to its end and left. */
  leftAt?: number;
}

/**
 * Follows files as they grow.
 *
 * - a file that is renamed is the same file where its new path is one of the source's; else, and when it is removed, it is read to
 *   its end, and left when nothing came to it for a second. Only then the one that has its path now is begun. This holds also for
 *   what happened while nobody followed;
 * - a file that was cut, or written anew in its place, is read from its beginning, and that is printed;
 * - files that come to fit a glob are read from their beginning;
 * - a line without a line break waits for it, until its file is left;
 * - a file that takes a path and loses it again between two looks, or while nobody follows, is not seen, unless a glob has both its
 *   names; nor are, where it was cut before it lost it, the records behind the cut. The latter is printed.
 */
export async function openFollowing(paths: readonly string[], options: FollowOptions): Promise<SourceReader> {
  const following = new Following(paths, options);
  try {
    for (const mark of options.marks ?? []) await following.resume(mark);
    await following.look({ isFirst: options.marks === undefined });
  } catch (error) {
    await following.close();
    throw error;
  }
  return following;
}

class Following implements SourceReader {
  readonly #paths: readonly string[];
  readonly #text: FileTextOptions;
  readonly #host: FollowOptions["host"];
  readonly #pause: Pause;
  readonly #hints: Hints;
  /** In the order in which they are read. */
  #tails: readonly Tail[] = [];

  constructor(paths: readonly string[], { text, host }: FollowOptions) {
    this.#paths = paths;
    this.#text = text;
    this.#host = host;
    const pause = createPause(host.clock);
    this.#pause = pause;
    this.#hints = createHints(() => pause.end());
  }

  async read(most: number, signal: AbortSignal): Promise<Intake> {
    const draft = createDraft(most);
    for (;;) {
      signal.throwIfAborted();
      await this.#fill(draft);
      if (draft.count === 0) await this.#leave(draft);
      if (draft.count > 0) break;
      await this.#pause.wait(lookMs, signal);
      await this.look({ isFirst: false });
    }
    const files = this.#tails.map(({ text, found }) => markToJson({ ...text.mark, ...found }));
    const bytes = this.#tails.reduce((sum, { text }) => sum + text.left, 0);
    return draft.done({ position: { kind: "records", followed: true, files }, ended: false, lag: { bytes } });
  }

  async close(): Promise<void> {
    this.#hints.close();
    const tails = this.#tails;
    this.#tails = [];
    await Promise.all(tails.map(({ text }) => text.close()));
  }

  async resume(mark: FileMark): Promise<void> {
    const { pattern, path } = mark;
    const again = await findAgain(mark, this.#text.cwd);
    if (again) return await this.#begin({ pattern, path }, again);
    this.#host.print(`${path} is not the file that was read before: what was left of that is lost`, "stderr");
  }

  async look({ isFirst }: { readonly isFirst: boolean }): Promise<void> {
    const files = await this.#files();
    const paths = new Map(files.map(({ found, ino }) => [ino, found]));
    for (const tail of this.#tails) this.#place(tail, paths.get(tail.text.ino));
    const followed = new Set(this.#tails.flatMap(({ text, found }) => [text.ino, found.path]));
    for (const { found, ino } of files) {
      if (followed.has(found.path) || (ino !== undefined && followed.has(ino))) continue;
      if (ino !== undefined || isFirst) await this.#beginNew(found, isFirst);
    }
  }

  async #files(): Promise<readonly { readonly found: FoundPath; readonly ino: string | undefined }[]> {
    const { cwd } = this.#text;
    const found = await expandPaths(this.#paths, cwd);
    return Promise.all(
      found.map(async (file) => ({ found: file, ino: await inoOf(resolve(cwd, file.path)) })),
    );
  }

  #place(tail: Tail, found: FoundPath | undefined): void {
    if (!found) {
      tail.leftAt ??= this.#host.clock.now();
      return;
    }
    tail.found = found;
    delete tail.leftAt;
  }

  async #beginNew(found: FoundPath, isFirst: boolean): Promise<void> {
    try {
      await this.#begin(found);
    } catch (error) {
      // removed since it was found
      if (isFirst || !isTuttiError(error, "FILE_NOT_FOUND")) throw error;
    }
  }

  async #begin(found: FoundPath, place: Pick<FileTextOptions, "at" | "from"> = {}): Promise<void> {
    const onRewritten = (): void =>
      this.#host.print(`${found.path} was cut or written anew: it is read from its beginning`, "stderr");
    const text = await openFileText(found, { ...this.#text, ...place, onRewritten });
    this.#tails = [...this.#tails, { found, text }];
    this.#hints.watch(dirname(resolve(this.#text.cwd, found.path)));
  }

  async #fill(draft: Draft): Promise<void> {
    for (const tail of this.#tails) {
      if (!(await tail.text.fill(draft))) continue;
      if (tail.leftAt !== undefined) tail.leftAt = this.#host.clock.now();
      return;
    }
  }

  /** Leaves a file to which nothing came for long enough; what took its path is begun at once. */
  async #leave(draft: Draft): Promise<void> {
    const now = this.#host.clock.now();
    const over = this.#tails.find(({ leftAt }) => leftAt !== undefined && now - leftAt >= lookMs);
    if (!over) return;
    over.text.finish(draft);
    this.#tails = this.#tails.filter((tail) => tail !== over);
    await over.text.close();
    this.#pause.end();
  }
}

interface Hints {
  watch(folder: string): void;
  close(): void;
}

/** Tells that something happened in a folder, where and when the system says so. */
function createHints(tell: () => void): Hints {
  const watchers = new Map<string, FSWatcher | undefined>();
  return {
    watch(folder) {
      if (watchers.has(folder)) return;
      watchers.set(folder, tryWatch(folder, tell));
    },
    close() {
      for (const watcher of watchers.values()) watcher?.close();
      watchers.clear();
    },
  };
}

function tryWatch(folder: string, tell: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, tell);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    // The system has no more of them: files are looked at all the same.
    return undefined;
  }
}
