import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

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

/** Ten characters that sort by time: seconds since 2024 and 20 random bits, in Crockford's base 32. */
export function newRunId(now: number): string {
  let seconds = Math.floor((now - idEpochMs) / 1000);
  let id = "";
  for (let digit = 0; digit < 6; digit += 1) {
    id = (alphabet[seconds % 32] ?? "0") + id;
    seconds = Math.floor(seconds / 32);
  }
  for (const byte of randomBytes(4)) id += alphabet[byte % 32] ?? "0";
  return id;
}

/** 32 random hex digits: the source of everything random in a run. */
export function newSeed(): string {
  return randomBytes(16).toString("hex");
}
