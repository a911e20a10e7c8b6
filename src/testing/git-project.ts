import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Files, plainGit, type ScratchRepository, scratchRepository } from "./scratch-repository.ts";

/** A repository with one commit of these files; gone after the test. */
export function gitProject(files: Files): ScratchRepository {
  const repository = scratchRepository();
  onTestFinished(() => repository.remove());
  repository.commit("first", files);
  return repository;
}

/** What git prints for somebody who works in this folder. */
export function gitIn(cwd: string): (...args: readonly string[]) => string {
  return (...args) =>
    execFileSync("git", args, { cwd, env: plainGit, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** An empty folder, gone after the test. */
export function scratchFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tutti-scratch-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
