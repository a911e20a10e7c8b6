import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";
import { messageOf } from "../../errors.ts";
import type { Check } from "./check.ts";

const run = promisify(execFile);
const programTimeoutMs = 10_000;
const leastFreeBytes = 100 * 1024 * 1024;
const enoughFreeBytes = 1024 * 1024 * 1024;

/** Node, git, the shell and the disk. */
export async function systemChecks(cwd: string): Promise<readonly Check[]> {
  return [nodeCheck(process.versions.node), await gitCheck(cwd), await shellCheck(), await diskCheck(cwd)];
}

/** The same rule as in bin/tutti.js, which refuses older ones before anything is loaded. */
function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const good = major > 24 || (major === 24 && minor >= 15);
  return good
    ? { name: "node", result: "ok", found: version }
    : { name: "node", result: "fail", found: `${version}, older than 24.15`, fix: "install Node 24" };
}

async function gitCheck(cwd: string): Promise<Check> {
  const version = await output("git", ["--version"]);
  if (version === undefined) {
    return {
      name: "git",
      result: "warn",
      found: "not installed",
      fix: "install git 2.38 or newer: without it nothing that steps change can be kept, or taken back",
    };
  }
  const inside = await output("git", ["-C", cwd, "rev-parse", "--show-toplevel"]);
  const found = version.replace(/^git version /, "");
  const [major = 0, minor = 0] = found.split(".").map(Number);
  if (major < 2 || (major === 2 && minor < 38))
    return { name: "git", result: "warn", found, fix: "install git 2.38 or newer: landing needs it" };
  if (inside !== undefined) return { name: "git", result: "ok", found: `${found}, repository ${inside}` };
  return { name: "git", result: "warn", found: `${found}, but this is no repository`, fix: "git init" };
}

async function shellCheck(): Promise<Check> {
  const answer = await output("/bin/sh", ["-c", "echo works"]);
  return answer === "works"
    ? { name: "shell", result: "ok", found: "/bin/sh" }
    : {
        name: "shell",
        result: "fail",
        found: "/bin/sh does not work",
        fix: "`run:` steps need a POSIX shell there",
      };
}

async function output(file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, args, { timeout: programTimeoutMs });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

async function diskCheck(cwd: string): Promise<Check> {
  const name = "disk";
  try {
    const { bavail, bsize } = await statfs(cwd);
    const free = bavail * bsize;
    const found = `${(free / 1e9).toFixed(1)} GB free`;
    if (free >= enoughFreeBytes) return { name, result: "ok", found };
    return { name, result: free < leastFreeBytes ? "fail" : "warn", found, fix: "free some disk space" };
  } catch (error) {
    return {
      name,
      result: "warn",
      found: `unknown: ${messageOf(error)}`,
      fix: "check that the folder can be read",
    };
  }
}
