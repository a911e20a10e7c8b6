import * as disk from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { FileSystem } from "../src/stream/sinks/output-file.ts";

/** What goes wrong at an operation: the machine is cut off there, or the disk is full for this once. */
export interface Fault {
  /** Counts operations on files, from 1. */
  readonly at: number;
  readonly kind: "kill" | "full";
  /** How much of a write is done nevertheless, and of what was not synced is there afterwards; from 0 to 1. */
  readonly share: number;
}

export class Killed extends Error {}

/** A disk on which one operation goes wrong; nothing works after a kill. `end`: what is there when the machine is on again. */
interface FaultyDisk {
  readonly fs: FileSystem;
  /** Counts as an operation. */
  readonly step: () => void;
  readonly end: () => Promise<void>;
}

export function faultyDisk(fault: Fault): FaultyDisk {
  const handles: FileHandle[] = [];
  /** How long a file is for certain, by its number. */
  const synced = new Map<number, number>();
  let count = 0;

  function step(): void {
    count += 1;
    if (fault.kind === "kill" && count >= fault.at) throw new Killed();
    if (count === fault.at)
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  }

  async function note(handle: FileHandle): Promise<void> {
    const { ino, size } = await handle.stat();
    synced.set(ino, size);
  }

  async function lose(handle: FileHandle): Promise<void> {
    const found = await handle.stat().catch(() => undefined);
    if (!found?.isFile()) return;
    const safe = synced.get(found.ino) ?? 0;
    if (found.size > safe) await handle.truncate(safe + Math.floor((found.size - safe) * fault.share));
  }

  function faulty(handle: FileHandle): FileHandle {
    return new Proxy(handle, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          try {
            step();
          } catch (error) {
            if (key === "write" && count === fault.at) await writePart(target, args, fault.share);
            throw error;
          }
          const result: unknown = await Reflect.apply(value, target, args);
          if (key === "datasync" || key === "sync") await note(target);
          return result;
        };
      },
    });
  }

  const fs: FileSystem = {
    ...disk,
    open: async (...args) => {
      step();
      const handle = await disk.open(...args);
      handles.push(handle);
      if (!synced.has((await handle.stat()).ino)) await note(handle);
      return faulty(handle);
    },
    rename: async (...args) => {
      step();
      await disk.rename(...args);
    },
  };
  const end = async (): Promise<void> => {
    if (fault.kind === "kill" && count >= fault.at) await Promise.all(handles.map(lose));
    await Promise.all(handles.map((handle) => handle.close().catch(() => undefined)));
  };
  return { fs, step, end };
}

async function writePart(handle: FileHandle, args: readonly unknown[], share: number): Promise<void> {
  const [bytes, at, length] = args;
  if (bytes instanceof Uint8Array && typeof at === "number" && typeof length === "number")
    await handle.write(bytes, at, Math.floor(length * share));
}
