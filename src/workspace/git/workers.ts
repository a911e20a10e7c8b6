import { readdirSync, readlinkSync } from "node:fs";
import type { Processes } from "../../ports/processes.ts";
import { isInside } from "./copies.ts";

/** Processes whose current folder lies in this one; none where the system does not tell. */
export async function processesIn(
  dir: string,
  { processes, platform = process.platform }: { readonly processes: Processes; readonly platform?: string },
  signal: AbortSignal,
): Promise<readonly number[]> {
  const places = platform === "linux" ? placesByProc() : await placesByLsof(processes, signal);
  return places.filter(({ cwd }) => isInside(cwd, dir)).map(({ pid }) => pid);
}

interface Place {
  readonly pid: number;
  readonly cwd: string;
}

function placesByProc(): readonly Place[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), cwd: readlinkSync(`/proc/${name}/cwd`) }];
      } catch {
        // It has ended, or is another user's.
        return [];
      }
    });
}

async function placesByLsof(processes: Processes, signal: AbortSignal): Promise<readonly Place[]> {
  const { stdout } = await processes.run({
    file: "lsof",
    args: ["-w", "-d", "cwd", "-F", "pn"],
    cwd: "/",
    env: { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
    signal,
    timeoutMs: 10_000,
    keepBytes: 4 * 1024 * 1024,
  });
  signal.throwIfAborted();
  return lsofPlaces(stdout);
}

/** A line `p<pid>` for each process, then `n<folder>`. */
export function lsofPlaces(text: string): readonly Place[] {
  const found: Place[] = [];
  let pid = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    else if (line.startsWith("n")) found.push({ pid, cwd: line.slice(1) });
  }
  return found;
}
