import { expect, it } from "vitest";
import type { RunStatus } from "../core/events.ts";
import { TuttiError } from "../errors.ts";
import type { Checkpoints, TreeState } from "../ports/checkpoints.ts";
import type { RunRow } from "../ports/run-store.ts";
import type { Workspaces } from "../ports/workspaces.ts";
import type { Parts } from "./parts.ts";
import { careForTrees, listTrees } from "./tree-care.ts";

interface World {
  readonly parts: Parts;
  /** What was done, in order. */
  readonly done: string[];
}

const nobody = { owner: undefined };

/** Trees of runs in these states; a tree whose run has none is of a run that is not stored. */
function world(
  trees: Readonly<Record<string, readonly string[]>>,
  runs: Readonly<Record<string, { readonly status: RunStatus; readonly owner?: string | undefined }>>,
  taken: ReadonlySet<string> = new Set(),
): World {
  const done: string[] = [];
  const states = new Map(
    Object.entries(trees).map(([runId, unsaved]): [string, TreeState] => [
      runId,
      { place: { runId, lane: "" }, dir: `/t/${runId}`, unsaved },
    ]),
  );
  const rows = Object.entries(runs).map(([runId, { status, owner }]) => {
    const row = { runId, name: "w", createdAt: 0, origin: "-", source: "", status, updatedAt: 0 };
    return (owner === undefined ? row : { ...row, owner }) satisfies RunRow;
  });
  const checkpoints: Pick<Checkpoints, "trees" | "remove" | "tidy" | "list"> = {
    trees: async () => [...states.values()],
    remove: async ({ runId }) => {
      const state = states.get(runId);
      if (state && state.unsaved.length > 0)
        throw new TuttiError(
          "WORKSPACE_UNSAVED",
          `Cannot take away the working tree "${state.dir}": in no checkpoint is ${state.unsaved[0]}`,
          { fix: "save it" },
        );
      done.push(`remove ${runId}`);
      return [];
    },
    tidy: async (isOver) => {
      const asked = ["driven", "waits", "ended", "kept", "unknown"];
      return [`over: ${asked.filter((runId) => isOver({ runId, lane: "" })).join(" ")}`];
    },
    list: async ({ runId = "" }) =>
      trees[runId]?.includes("lost.txt")
        ? []
        : [{ commit: "c0", number: 0, place: { runId, lane: "" }, kind: "PRE-WORKFLOW", title: "", at: 0 }],
  };
  const workspaces = {
    open: async ({ place: { runId }, from }: { place: { runId: string }; from: string }) => ({
      save: async () => {
        done.push(`save ${runId} from ${from}`);
        const state = states.get(runId);
        if (state) states.set(runId, { ...state, unsaved: [] });
        return { commit: "c1", number: 1, files: [] };
      },
    }),
  } as unknown as Workspaces;
  const store = {
    list: async () => rows,
    read: async () => [],
    open: async (runId: string) => {
      if (taken.has(runId))
        throw new TuttiError("RUN_OWNED", `Cannot open run "${runId}": pid 7 drives it`, { fix: "wait" });
      done.push(`hold ${runId}`);
      return { release: async () => void done.push(`let go ${runId}`) };
    },
  };
  return { parts: { checkpoints, workspaces, store } as unknown as Parts, done };
}

it("says of each tree what its run is, holding none of them", async () => {
  const { parts, done } = world(
    { driven: [], waits: [], paused: [], ended: ["a.txt"], died: [], unknown: [] },
    {
      driven: { status: "executing", owner: "pid 1" },
      waits: { status: "waiting" },
      paused: { status: "paused" },
      ended: { status: "failed" },
      died: { status: "executing", ...nobody },
    },
  );
  const views = await listTrees(parts);
  expect(views.map(({ place, status, over }) => [place.runId, status, over])).toEqual([
    ["driven", "executing", undefined],
    ["waits", "waiting", undefined],
    ["paused", "paused", undefined],
    ["ended", "failed", "ended"],
    ["died", "executing", "interrupted"],
    ["unknown", undefined, "unknown"],
  ]);
  expect(done).toEqual([]);
});

it("takes away trees of runs that are over, each while nobody can take its run up", async () => {
  const { parts, done } = world(
    { driven: [], waits: [], ended: [], unknown: [] },
    {
      driven: { status: "executing", owner: "pid 1" },
      waits: { status: "waiting" },
      ended: { status: "completed" },
    },
  );
  const { trees, tidied } = await careForTrees(parts);
  expect(done).toEqual(["hold ended", "remove ended", "let go ended", "remove unknown"]);
  expect(trees).toEqual([
    expect.objectContaining({ dir: "/t/driven", isGone: false, why: "a process drives its run" }),
    expect.objectContaining({
      dir: "/t/waits",
      isGone: false,
      why: "its run goes on there",
      fix: "tutti resume waits; or end it: tutti cancel waits",
    }),
    expect.objectContaining({ dir: "/t/ended", isGone: true, status: "completed" }),
    expect.objectContaining({ dir: "/t/unknown", isGone: true }),
  ]);
  expect(tidied).toEqual(["over: ended kept unknown"]);
});

it("keeps a tree with unsaved work, and what belongs to it, and says why", async () => {
  const { parts, done } = world({ kept: ["b.txt"] }, { kept: { status: "failed" } });
  const { trees, tidied } = await careForTrees(parts);
  expect(trees).toEqual([
    expect.objectContaining({ isGone: false, why: "in no checkpoint is b.txt", fix: "save it" }),
  ]);
  expect(done).toEqual(["hold kept", "let go kept"]);
  expect(tidied).toEqual(["over: driven waits ended unknown"]);
});

it("keeps the tree of a run that somebody takes up at that moment", async () => {
  const { parts, done } = world({ ended: [] }, { ended: { status: "failed" } }, new Set(["ended"]));
  const { trees } = await careForTrees(parts);
  expect(trees).toMatchObject([{ isGone: false, why: expect.stringContaining("pid 7 drives it") as string }]);
  expect(done).toEqual([]);
});

it("saves first when it is asked to, from the newest checkpoint of the tree; where there is none it stays", async () => {
  const { parts, done } = world(
    { ended: ["a.txt"], clean: [], unknown: ["lost.txt"] },
    { ended: { status: "failed" }, clean: { status: "completed" } },
  );
  const { trees } = await careForTrees(parts, { save: true });
  expect(done.filter((line) => !/hold|let go/.test(line))).toEqual([
    "save ended from c0",
    "remove ended",
    "remove clean",
  ]);
  expect(trees).toMatchObject([{ isGone: true, saved: "c1" }, { isGone: true }, { isGone: false }]);
  expect(trees[1]).not.toHaveProperty("saved");
});

it("hides no fault", async () => {
  const { parts } = world({ ended: [] }, { ended: { status: "failed" } });
  const { store } = parts;
  const broken = { ...parts, store: { ...store, open: () => Promise.reject(new RangeError("fault")) } };
  await expect(careForTrees(broken)).rejects.toThrow("fault");
});
