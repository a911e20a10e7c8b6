import { randomFillSync, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { TuttiError } from "../errors.ts";

/** The current directory; FILE_NOT_FOUND when it was removed meanwhile. */
export function currentDir(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new TuttiError(
      "FILE_NOT_FOUND",
      "Cannot work in the current directory: it does not exist any more",
      {
        fix: "change into a directory that exists, or give one with --cwd",
        cause: error,
      },
    );
  }
}

/** The nearest folder upwards that holds `.git` or `.tutti`; the folder itself when there is none. */
export function projectRoot(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git")) || existsSync(join(folder, ".tutti"))) return folder;
    if (dirname(folder) === folder) return cwd;
  }
}

const usual = /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TERM|TMPDIR|SHELL|TZ|SSH_AUTH_SOCK|NO_COLOR)$/;

/** What a step's programs see of tutti's own environment: the usual, and what the settings name. */
export function allowedEnvironment(
  source: NodeJS.ProcessEnv,
  names: readonly string[],
): Record<string, string> {
  const entries = Object.entries(source).filter(([name]) => usual.test(name) || names.includes(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const idEpochMs = Date.UTC(2024, 0);

const bits = 2 ** 20;

/**
 * Gives run ids: ten characters that sort by time, namely seconds since 2024 and 20 bits, in Crockford's base 32. The
 * bits begin at random in each second and count up from there: a thousand runs may begin in one second, and two of
 * so many random ids would often be the same.
 */
export function createRunIds(): (now: number) => string {
  let second = -1;
  let count = 0;
  return (now) => {
    const current = Math.floor((now - idEpochMs) / 1000);
    count = current === second ? (count + 1) % bits : randomInt(bits);
    second = current;
    return inBase32(current, 6) + inBase32(count, 4);
  };
}

function inBase32(value: number, digits: number): string {
  let text = "";
  for (let left = value; text.length < digits; left = Math.floor(left / 32))
    text = (alphabet[left % 32] ?? "0") + text;
  return text;
}

const seedBytes = 16;
const pool = Buffer.alloc(256 * seedBytes);
let taken = pool.length;

/** 32 random hex digits: the source of everything random in a run. Drawn in bulk: a call by itself costs 1.4 µs. */
export function newSeed(): string {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += seedBytes;
  return pool.toString("hex", taken - seedBytes, taken);
}
