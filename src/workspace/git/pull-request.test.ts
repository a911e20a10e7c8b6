import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PullRequest } from "../../ports/landing.ts";
import { plainGit, scratchRepository, type ScratchRepository } from "../../testing/scratch-repository.ts";
import { createBranchLanding } from "./branch-landing.ts";

const signal = new AbortController().signal;
let user: ScratchRepository;
let forge: ScratchRepository;
let bin: string;

beforeEach(() => {
  user = scratchRepository();
  user.commit("first", { a: "a\n" });
  user.git("branch", "feature");
  forge = scratchRepository({ bare: true });
  user.git("remote", "add", "origin", forge.dir);
  bin = mkdtempSync(join(tmpdir(), "tutti-bin-"));
});
afterEach(() => {
  for (const dir of [user.dir, forge.dir, bin]) rmSync(dir, { recursive: true, force: true });
});

/** A `gh` that writes down what it was asked, and answers by the second word. */
function gh(answers: Readonly<Record<"view" | "create", string>>): void {
  const script = `#!/bin/sh
printf '%s\\n' "$*" >> ${bin}/asked
case "$2" in
  view) ${answers.view} ;;
  create) cat > ${bin}/body; ${answers.create} ;;
esac
`;
  writeFileSync(join(bin, "gh"), script);
  chmodSync(join(bin, "gh"), 0o755);
}

function ask(change: Partial<PullRequest> = {}, path = `${bin}:${plainGit["PATH"]}`): Promise<string> {
  const landing = createBranchLanding({ projectDir: user.dir, env: { ...plainGit, PATH: path } });
  return landing.pullRequest(
    { branch: "feature", title: "A title; $(rm x)", body: "Body\n", ...change },
    signal,
  );
}

describe("a pull request", () => {
  it("is opened by gh after the branch was pushed", async () => {
    gh({ view: "exit 1", create: "echo https://forge.example/pull/7" });
    expect(await ask()).toBe("https://forge.example/pull/7");
    expect(forge.git("rev-parse", "feature")).toBe(user.git("rev-parse", "feature"));
    expect(readFileSync(join(bin, "asked"), "utf8")).toContain(
      "pr create --head feature --title A title; $(rm x) --body-file -\n",
    );
    expect(readFileSync(join(bin, "body"), "utf8")).toBe("Body\n");
  });

  it("that is open already is the answer", async () => {
    gh({ view: "echo https://forge.example/pull/3", create: "exit 1" });
    expect(await ask()).toBe("https://forge.example/pull/3");
    expect(readFileSync(join(bin, "asked"), "utf8")).not.toContain("create");
  });

  it("runs the user's hooks when it pushes: what they guard is theirs", async () => {
    gh({ view: "exit 1", create: "echo https://forge.example/pull/7" });
    mkdirSync(join(user.dir, ".git/hooks"), { recursive: true });
    writeFileSync(join(user.dir, ".git/hooks/pre-push"), "#!/bin/sh\necho not today >&2\nexit 1\n", {
      mode: 0o755,
    });
    await expect(ask()).rejects.toThrow("not today");
  });

  it("says what gh says when that fails", async () => {
    gh({ view: "exit 1", create: "echo no rights here >&2; exit 4" });
    await expect(ask()).rejects.toThrow("it is pushed to origin, and gh says: no rights here");
  });

  it("is refused before anything is pushed when there is no gh", async () => {
    const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    writeFileSync(join(bin, "git"), `#!/bin/sh\nexec ${git} "$@"\n`, { mode: 0o755 });
    await expect(ask({}, `${bin}:/nonexistent`)).rejects.toMatchObject({
      code: "WORKSPACE_UNFIT",
      message: 'Cannot open a pull request for "feature": the program gh was not found',
    });
    expect(forge.git("for-each-ref")).toBe("");
  });

  it.each([
    ["a branch that is none", "there is no such branch", () => undefined, { branch: "nothing" }],
    ["a remote that is none", 'there is no remote "up"', () => undefined, { remote: "up" }],
    ["a repository without one", "no remote to push to", () => user.git("remote", "remove", "origin"), {}],
    [
      "one of several",
      "which of the remotes is meant: one, two",
      () => (user.git("remote", "rename", "origin", "one"), user.git("remote", "add", "two", forge.dir)),
      {},
    ],
  ] satisfies [string, string, () => unknown, Partial<PullRequest>][])(
    "is refused with the reason: %s",
    async (_what, why, make, change) => {
      gh({ view: "exit 1", create: "exit 1" });
      make();
      await expect(ask(change)).rejects.toThrow(why);
    },
  );

  it("goes where git would push the branch", async () => {
    gh({ view: "exit 1", create: "echo https://forge.example/pull/7" });
    const fork = scratchRepository({ bare: true });
    user.git("remote", "add", "fork", fork.dir);
    user.git("config", "branch.feature.pushRemote", "fork");
    await ask();
    expect(fork.git("rev-parse", "feature")).toBe(user.git("rev-parse", "feature"));
    expect(forge.git("for-each-ref")).toBe("");
    fork.remove();
  });
});
