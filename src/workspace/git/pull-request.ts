import { TuttiError } from "../../errors.ts";
import type { PullRequest } from "../../ports/landing.ts";
import { withoutGit } from "./git.ts";
import type { Where } from "./land-target.ts";
import { commitIn, type Repository } from "./repository.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

type Run = (file: string, args: readonly string[], input?: string) => Promise<ProgramEnd>;

/**
 * Pushes the branch as its user would, hooks included, and opens a pull request with `gh`; one that is open for the branch already is
 * the answer.
 */
export async function openPullRequest(
  where: Where,
  request: PullRequest,
  signal: AbortSignal,
): Promise<string> {
  const { branch } = request;
  const { repository } = where;
  const ref = `refs/heads/${branch}`;
  if ((await commitIn(repository, ref, signal)) === undefined)
    throw refused(branch, "there is no such branch", "land on it first: tutti land RUN --to BRANCH");
  const remote = await remoteFor(repository, request, signal);
  const run: Run = (file, args, input) =>
    runProgram(file, args, {
      cwd: repository.root,
      env: { ...withoutGit(where.env), GIT_TERMINAL_PROMPT: "0", GH_PROMPT_DISABLED: "1", NO_COLOR: "1" },
      input,
      signal,
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw notStarted(branch, { file, error });
    });
  // Before anything is pushed it is known that the rest can be done.
  await run("gh", ["--version"]);
  const { exitCode, stderr } = await run("git", ["push", remote, `${ref}:${ref}`]);
  if (exitCode === 0) return open(run, { request, remote });
  throw refused(
    branch,
    `git push says: ${lastLines(stderr)}`,
    `see that it can be pushed: git push ${remote} ${branch}`,
  );
}

async function open(
  run: Run,
  { request, remote }: { readonly request: PullRequest; readonly remote: string },
): Promise<string> {
  const { branch, title, body } = request;
  const query = ["--json", "url,state", "--jq", 'select(.state == "OPEN") | .url'];
  const known = addressIn(await run("gh", ["pr", "view", branch, ...query]));
  if (known !== undefined) return known;
  const made = await run(
    "gh",
    ["pr", "create", "--head", branch, "--title", title, "--body-file", "-"],
    body,
  );
  const address = addressIn(made);
  if (address !== undefined) return address;
  throw refused(
    branch,
    `it is pushed to ${remote}, and gh says: ${lastLines(made.stderr)}`,
    "gh auth status; then ask for it again",
  );
}

function addressIn({ exitCode, stdout }: ProgramEnd): string | undefined {
  if (exitCode !== 0) return undefined;
  return /https?:\/\/\S+/.exec(stdout.toString("utf8"))?.[0];
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-4).join("\n");
}

function notStarted(
  branch: string,
  { file, error }: { readonly file: string; readonly error: unknown },
): TuttiError {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  const why = missing ? `the program ${file} was not found` : `${file} does not start: ${String(error)}`;
  return refused(
    branch,
    why,
    "install gh (cli.github.com) and log in with gh auth login; or push the branch and open it yourself",
  );
}

function refused(branch: string, why: string, fix: string): TuttiError {
  return new TuttiError("WORKSPACE_UNFIT", `Cannot open a pull request for "${branch}": ${why}`, { fix });
}

/** Where git would push the branch. */
async function remoteFor(
  { git }: Repository,
  { branch, remote }: PullRequest,
  signal: AbortSignal,
): Promise<string> {
  const { stdout } = await git.run(["remote"], { signal });
  const remotes = stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  if (remote !== undefined && !remotes.includes(remote))
    throw refused(
      branch,
      `there is no remote "${remote}"`,
      remotes.length === 0 ? "git remote add NAME ADDRESS" : `name one of ${remotes.join(", ")}`,
    );
  if (remote !== undefined) return remote;
  for (const key of [`branch.${branch}.pushRemote`, "remote.pushDefault", `branch.${branch}.remote`]) {
    const set = await git.run(["config", "--get", key], { signal, ok: [0, 1] });
    const name = set.stdout.toString("utf8").trim();
    if (remotes.includes(name)) return name;
  }
  const [only] = remotes;
  if (only === undefined)
    throw refused(branch, "the repository has no remote to push to", "git remote add origin ADDRESS");
  if (remotes.length === 1) return only;
  if (remotes.includes("origin")) return "origin";
  throw refused(
    branch,
    `it is not said which of the remotes is meant: ${remotes.join(", ")}`,
    "name it: --remote NAME",
  );
}
