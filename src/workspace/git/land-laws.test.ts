import { assert, asyncProperty, constantFrom, type Arbitrary, oneof, constant, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { isTuttiError } from "../../errors.ts";
import { landingSite, landRequest } from "../../testing/landing-runs.ts";
import {
  type Content,
  photographUser,
  photograph,
  plainGit,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";
import { createBranchLanding } from "./branch-landing.ts";

const signal = new AbortController().signal;
const paths = ["a", "b c", "d", "d/x", "d/y", "e/z", "ü\n"] as const;
const contents: readonly Content[] = [null, "1\n", "2\n", { program: "1\n" }, { link: "a" }];

/** What lies at every path. */
type State = Readonly<Record<string, Content>>;
const content = constantFrom(...contents);
const anyState: Arbitrary<State> = record(Object.fromEntries(paths.map((path) => [path, content])));
/** For every path: as it was, or something else. */
const edits: Arbitrary<Readonly<Record<string, Content | undefined>>> = record(
  Object.fromEntries(
    paths.map((path) => [
      path,
      oneof({ weight: 4, arbitrary: constant(undefined) }, { weight: 1, arbitrary: content }),
    ]),
  ),
);

function edited(state: State, change: Readonly<Record<string, Content | undefined>>): State {
  return Object.fromEntries(
    paths.map((path) => [path, change[path] === undefined ? (state[path] ?? null) : change[path]]),
  );
}

/** A file `d` and files in a folder `d` cannot both be: the folder goes. */
function possible(state: State): State {
  return state["d"] === null ? state : { ...state, "d/x": null, "d/y": null };
}

function put(user: ScratchRepository, state: State): void {
  const all = Object.entries(possible(state));
  // first what a link there would lead out of
  user.write({ d: null });
  user.write(Object.fromEntries(all.map(([path]) => [path, null])));
  user.write(Object.fromEntries(all.filter(([, text]) => text !== null)));
}

/** Of git: what stands at a path. */
function entries(user: ScratchRepository, ...args: readonly string[]): Map<string, string> {
  const lines = user
    .git(...args)
    .split("\0")
    .filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const tab = line.indexOf("\t");
      return [line.slice(tab + 1), line.slice(0, tab).replace(/^(\d+) blob (\w+)$/, "$1 $2 0")];
    }),
  );
}

function fileOf(content: Content | undefined): string | undefined {
  if (content === null || content === undefined || Buffer.isBuffer(content)) return undefined;
  if (typeof content === "string") return `644 ${content}`;
  return "link" in content ? `link ${content.link}` : `755 ${content.program}`;
}

const none: State = Object.fromEntries(paths.map((path) => [path, null]));
/** What the run deletes lay in a folder that is a file now. */
const fileOfFolder = { d: "1\n", "d/y": null };

describe("landing on a branch that is checked out, whatever state the user's files are in", () => {
  it("is done whole or refused whole, and what it does not concern stays as it is", async () => {
    const counts = { landed: 0, refused: 0 };
    await assert(
      asyncProperty(anyState, anyState, edits, edits, async (head, ran, stagedEdits, edits) => {
        const site = landingSite();
        const { user } = site;
        try {
          put(user, head);
          user.commit("first", { always: "there\n" });
          const was = Object.fromEntries(paths.map((path) => [path, null]));
          const of = site.run(
            { ...was, d: null },
            Object.fromEntries(Object.entries(possible(ran)).filter(([, text]) => text !== null)),
          );
          const staged = edited(possible(head), stagedEdits);
          put(user, staged);
          user.git("add", "--all");
          put(user, edited(possible(staged), edits));
          const concerned = new Set(
            user.git("diff", "-z", "--name-only", "--no-renames", of.base, of.tip).split("\0"),
          );
          const [before, disk, index] = [
            photographUser(user),
            photograph(user.dir),
            entries(user, "ls-files", "--stage", "-z"),
          ];
          const landing = createBranchLanding({ projectDir: user.dir, env: plainGit });
          const landed = await landing.land(landRequest(of), signal).catch((error: unknown) => error);
          const refused = landed instanceof Error;
          counts[refused ? "refused" : "landed"] += 1;
          const touched = [...concerned].some((path) => isTouched(path, stagedEdits, edits));
          expect(refused ? [isTuttiError(landed, "WORKSPACE_UNFIT"), touched] : []).toEqual(
            refused ? [true, true] : [],
          );
          expect(refused ? photographUser(user) : before).toEqual(before);
          const [diskNow, indexNow] = [photograph(user.dir), entries(user, "ls-files", "--stage", "-z")];
          const tip = entries(user, "ls-tree", "-r", "-z", of.tip);
          for (const path of new Set([...paths, "always"])) {
            const changes = !refused && concerned.has(path);
            const wanted = changes
              ? [fileOf(possible(ran)[path]), tip.get(path)]
              : [disk[path], index.get(path)];
            expect([path, diskNow[path], indexNow.get(path)]).toEqual([path, ...wanted]);
          }
        } finally {
          user.remove();
        }
      }),
      {
        numRuns: Number(process.env["TUTTI_RUNS"] ?? 30),
        examples: [[{ ...none, "d/y": "2\n" }, none, {}, fileOfFolder]],
      },
    );
    expect(Math.min(counts.landed, counts.refused)).toBeGreaterThan(1);
  }, 300_000);
});

/** The user has changed something there, or at a folder above or below. */
function isTouched(
  path: string,
  ...edits: readonly Readonly<Record<string, Content | undefined>>[]
): boolean {
  const near = paths.filter(
    (each) => each === path || each.startsWith(`${path}/`) || path.startsWith(`${each}/`),
  );
  return near.some((each) => edits.some((edit) => edit[each] !== undefined));
}
