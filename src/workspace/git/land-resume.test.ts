import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LandRequest } from "../../ports/landing.ts";
import {
  committed,
  done,
  doneNames,
  landingSite,
  type LandingSite,
  landRequest,
} from "../../testing/landing-runs.ts";
import { photograph, plainGit, type ScratchRepository } from "../../testing/scratch-repository.ts";
import { createBranchLanding } from "./branch-landing.ts";
import { intentRef, writeRecord } from "./land-record.ts";
import { findRepository, updateRefs } from "./repository.ts";

const signal = new AbortController().signal;
let site: LandingSite;
let user: ScratchRepository;
let request: LandRequest;
let landed: string;

/** A landing that was cut off when it had said what it is about to do: nothing of the user's is changed yet. */
beforeEach(async () => {
  site = landingSite();
  user = site.user;
  const old = user.commit("first", { ...committed, ".gitattributes": "a text eol=crlf\n" });
  request = landRequest(site.run(done));
  landed = user.loose("What the run did", { parents: [old], files: done });
  const repository = await findRepository({ projectDir: user.dir, env: plainGit }, signal);
  if (!repository) throw new Error("no repository");
  const record = { ref: "refs/heads/main", old, onto: old, landed, tip: request.tip, commits: 1 };
  const { id } = await writeRecord(repository.git, record, signal);
  await updateRefs(repository, [{ ref: intentRef("r1"), to: id }], signal);
});
afterEach(() => user.remove());

const landing = () => createBranchLanding({ projectDir: user.dir, env: plainGit });

describe("a landing that was cut off", () => {
  it("goes on with the commits that were made before", async () => {
    expect(await landing().land(request, signal)).toEqual({
      branch: "main",
      commit: landed,
      commits: 1,
      files: doneNames,
    });
    expect(user.git("status", "--porcelain")).toBe("");
    expect(user.git("for-each-ref", intentRef("r1"))).toBe("");
  });

  it("ends files that were written half, and brings back those that were taken away to be written", async () => {
    user.write({ a: "1\r\n2 r", gone: null, new: "", tool: null });
    expect((await landing().preview(request, signal)).inTheWay).toEqual([]);
    expect((await landing().land(request, signal)).commit).toBe(landed);
    expect(user.git("status", "--porcelain")).toBe("");
    expect(photograph(user.dir)).toMatchObject({
      a: "644 1\r\n2 run\r\n3\r\n4\r\n5\r\n",
      new: "644 new\n",
      tool: "755 #!/bin/sh\n",
    });
  });

  it("stops at what somebody has written there since", async () => {
    user.write({ a: "1\r\nmine" });
    await expect(landing().land(request, signal)).rejects.toThrow("that are not committed are in the way: a");
    expect(photograph(user.dir)["a"]).toBe("644 1\r\nmine");
  });

  it("begins anew when the branch has gone on since, and lands nothing twice", async () => {
    const mine = user.commit("mine", { mine: "mine\n" });
    const { commit, files } = await landing().land(request, signal);
    expect(files).toEqual(doneNames);
    expect(user.git("rev-parse", `${commit}~1`)).toBe(mine);
    expect(user.git("for-each-ref", intentRef("r1"))).toBe("");
  });

  it("has nothing left to do when the user has committed what lay there", async () => {
    user.write(done);
    const mine = user.commit("mine");
    expect(await landing().land(request, signal)).toMatchObject({ commit: mine, commits: 0, files: [] });
  });

  it("was over when only what says so is missing", async () => {
    user.git("reset", "--hard", "--quiet", landed);
    expect(await landing().preview(request, signal)).toMatchObject({ landed });
    expect(await landing().land(request, signal)).toMatchObject({ commit: landed, files: doneNames });
    expect(user.git("rev-parse", "main")).toBe(landed);
  });
});
