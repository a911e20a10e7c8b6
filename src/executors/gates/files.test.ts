import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createFilesGate } from "./files.ts";
import type { Outcome } from "../../core/outcome.ts";
import { fileSignature } from "../../files/changed-files.ts";
import type { FileLimits } from "../../language/gate.ts";
import { createTaskContext } from "../../testing/task-context.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

interface Folder {
  readonly cwd: string;
  readonly filesBefore: Record<string, string>;
}

/** A folder in which a file was changed, two created and one deleted. */
async function worked(): Promise<Folder> {
  const cwd = join(temporaryFolder(), "work");
  mkdirSync(join(cwd, "src"), { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(cwd, path), text);
  write("src/old.ts", "1");
  write("gone.txt", "1");
  const filesBefore: Record<string, string> = { "src/new.ts": "", ".env": "" };
  for (const path of ["src/old.ts", "gone.txt"]) filesBefore[path] = await fileSignature(join(cwd, path));
  for (const path of ["src/old.ts", "src/new.ts", ".env"]) write(path, "2");
  rmSync(join(cwd, "gone.txt"));
  return { cwd, filesBefore };
}

async function look(limits: FileLimits, folder?: Folder): Promise<Outcome> {
  const { cwd, filesBefore } = folder ?? (await worked());
  const { context } = createTaskContext({ cwd });
  return createFilesGate().check({ kind: "files", ...limits }, { ...context, subject: { filesBefore } });
}

async function summaryOf(limits: FileLimits, folder?: Folder): Promise<unknown> {
  const { ok, evidence } = await look(limits, folder);
  return [ok, evidence?.["summary"]];
}

const measured = "4 files changed, 2 of them created";

describe("a gate on files", () => {
  it("holds within its limits, and says what was changed", async () => {
    const limits = {
      changed: 4,
      created: 2,
      allow: ["src/**", ".env", "*.txt"],
      forbid: ["dist"],
      require: ["**/*.ts"],
    };
    expect(await look(limits)).toMatchObject({
      ok: true,
      evidence: {
        summary: measured,
        changed: 4,
        created: 2,
        limits,
        paths: ["created .env", "deleted gone.txt", "created src/new.ts", "changed src/old.ts"],
      },
    });
  });

  it("says which limits are broken, and by what", async () => {
    const { ok, evidence } = await look({ changed: 3, created: 1, allow: ["src/**"], forbid: [".env*"] });
    expect(ok).toBe(false);
    expect(evidence?.["summary"]).toBe(
      `4 files changed, at most 3 allowed; 2 files created, at most 1 allowed; 2 files not among the files allowed; 1 file forbidden (${measured})`,
    );
    expect(evidence?.["output"]).toContain("2 files created, at most 1 allowed:\n.env\nsrc/new.ts\n");
  });

  it("wants a file for each glob that is required; one that was deleted is none", async () => {
    expect(await summaryOf({ require: ["src/*.ts", "gone.txt"] })).toEqual([
      false,
      `no file created or changed that fits "gone.txt" (${measured})`,
    ]);
    const { evidence } = await look({ changed: 3, require: ["gone.txt"] });
    expect(evidence?.["output"]).toMatch(
      /^4 files changed, at most 3 allowed:\n[^]*\nno file created or changed that fits "gone.txt"$/,
    );
  });

  it("does not count what is again as it was", async () => {
    const folder = await worked();
    writeFileSync(join(folder.cwd, "src/old.ts"), "1");
    rmSync(join(folder.cwd, ".env"));
    expect(await summaryOf({ changed: 2, forbid: [".env"] }, folder)).toEqual([
      true,
      "2 files changed, 1 of them created",
    ]);
  });

  it("forbids what lies outside, and links that lead there", async () => {
    const { cwd } = await worked();
    writeFileSync(join(cwd, "../beside"), "");
    symlinkSync("/etc/passwd", join(cwd, "out"));
    symlinkSync("/no/such/file", join(cwd, "nowhere"));
    symlinkSync("src", join(cwd, "in"));
    const filesBefore = { "../beside": "", out: "", nowhere: "", in: "" };
    const { ok, evidence } = await look({ allow: ["**"] }, { cwd, filesBefore });
    expect(ok).toBe(false);
    expect(evidence?.["output"]).toBe("3 files outside the working directory:\n../beside\nnowhere\nout");
  });

  it("does not hold where the changes are not known", async () => {
    const { context } = createTaskContext();
    const outcome = await createFilesGate().check({ kind: "files", changed: 5 }, { ...context, subject: {} });
    expect(outcome).toMatchObject({
      ok: false,
      evidence: { summary: expect.stringMatching(/^not every change of the step is known; .*git/) as string },
    });
  });

  it("stops when it is told to", async () => {
    const { cwd, filesBefore } = await worked();
    const { context } = createTaskContext({ cwd, signal: AbortSignal.abort(new Error("enough")) });
    const check = createFilesGate().check({ kind: "files" }, { ...context, subject: { filesBefore } });
    await expect(check).rejects.toThrow("enough");
  });
});
