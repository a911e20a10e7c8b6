import type { LandingRecord, LandingNow } from "../../ports/landing.ts";
import { landedRefs, recordIn } from "./land-record.ts";
import { refsOf } from "./refs.ts";
import { isPartOf, readRef, type Repository } from "./repository.ts";

const branches = "refs/heads/";

/** Where runs have landed, the newest landing last; one call of git, however many they are. */
export async function listLandings(
  { git }: Repository,
  runIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly LandingRecord[]> {
  if (runIds.length === 0) return [];
  const format = ["refname", "committerdate:unix", "contents"].map((field) => `%(${field})%00`).join("");
  const under = new Map(runIds.map((runId) => [landedRefs(runId), runId]));
  const { stdout } = await git.run(["for-each-ref", `--format=${format}`, ...under.keys()], { signal });
  const fields = stdout.toString("utf8").split("\0");
  const found = fields.flatMap((name, at): LandingRecord[] => {
    const runId = at % 3 === 0 ? under.get(name.trim().replace(/[^/]*$/, "")) : undefined;
    if (runId === undefined) return [];
    const { ref, landed: commit, commits, tip } = recordIn(fields[at + 2] ?? "");
    const landedAt = Number(fields[at + 1]) * 1000;
    return [{ runId, branch: ref.slice(branches.length), commit, commits, landedAt, tip }];
  });
  return found.toSorted((a, b) => a.landedAt - b.landedAt);
}

/** What the branch of a landing has of it now. */
export async function lookAtLanding(
  repository: Repository,
  { runId, branch, commit, commits: made }: LandingRecord,
  signal: AbortSignal,
): Promise<LandingNow> {
  const tip = await readRef(repository, `${branches}${branch}`, signal);
  const base = await readRef(repository, refsOf({ runId, lane: "" }).base, signal);
  const within = { runId, base };
  if (tip === undefined) {
    return { now: "branch-gone", commits: await commitsOf(repository, { ...within, tip: commit }, signal) };
  }
  const commits = await commitsOf(repository, { ...within, tip }, signal);
  // the commits of a branch that was rebased are others, and still say whose they are
  const isRebased = made > 0 && commits.length >= made;
  if (isRebased || (await isPartOf(repository, [commit, tip], signal))) return { now: "there", commits };
  return { now: "taken-out", commits };
}

interface Within {
  readonly runId: string;
  /** Where the run began: none of its work is before. */
  readonly base: string | undefined;
  readonly tip: string;
}

async function commitsOf(
  { git }: Repository,
  { runId, base, tip }: Within,
  signal: AbortSignal,
): Promise<LandingNow["commits"]> {
  const values = (key: string): string => `%(trailers:key=${key},valueonly,separator=%x01)`;
  const { stdout } = await git.run(
    [
      "log",
      "--no-show-signature",
      "--reverse",
      "--fixed-strings",
      `--grep=Tutti-Run: ${runId}`,
      `--format=%H%x00${values("Tutti-Run")}%x00${values("Tutti-Step")}%x00`,
      tip,
      ...(base === undefined ? [] : [`^${base}`]),
    ],
    { signal },
  );
  const fields = stdout.toString("utf8").split("\0");
  return fields.flatMap((text, at) => {
    const [run = [], steps = []] = [1, 2].map((after) => (fields[at + after] ?? "").split("\u0001"));
    const isOfRun = at % 3 === 0 && text.trim() !== "" && run.includes(runId);
    return isOfRun ? [{ commit: text.trim(), steps: steps.filter((step) => step !== "") }] : [];
  });
}
