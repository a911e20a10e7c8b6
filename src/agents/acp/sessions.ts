import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { textField, parseObject } from "../fields.ts";

/** How agents call the sessions that tutti has given a name of its own, across crashes of tutti. */
export interface Sessions {
  /** What the agent calls the session; undefined when it has not begun with it. */
  find(sessionId: string): string | undefined;
  /** Durable when it returns, as far as the disk allows: without it a session is begun anew, which only costs more. */
  remember(sessionId: string, own: string): void;
}

const keptMs = 30 * 86_400_000;

/** Keeps them in files of a folder; in memory only when there is none. */
export function createSessions(dir: string | undefined): Sessions {
  const known = new Map<string, string>();
  let isTidy = false;
  return {
    find: (sessionId) => known.get(sessionId) ?? (dir === undefined ? undefined : read(dir, sessionId)),
    remember(sessionId, own) {
      if (known.get(sessionId) === own) return;
      known.set(sessionId, own);
      if (dir === undefined) return;
      try {
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        if (!isTidy) tidy(dir);
        isTidy = true;
        const file = fileOf(dir, sessionId);
        writeFileSync(`${file}.new`, JSON.stringify({ session: own }), { mode: 0o600 });
        renameSync(`${file}.new`, file);
      } catch {
        // A full disk shows where it matters more.
      }
    },
  };
}

function fileOf(dir: string, sessionId: string): string {
  return join(dir, `${sessionId.replaceAll(/[^\w-]/g, "_")}.json`);
}

function read(dir: string, sessionId: string): string | undefined {
  try {
    return textField(parseObject(readFileSync(fileOf(dir, sessionId), "utf8")), "session");
  } catch {
    return undefined;
  }
}

/** Removes what no run can come back to any more. */
function tidy(dir: string): void {
  const before = Date.now() - keptMs;
  for (const name of readdirSync(dir)) {
    const file = join(dir, name);
    if (statSync(file).mtimeMs < before) rmSync(file, { force: true });
  }
}
