import { chmodSync, existsSync, mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { gitDriver } from "../../../test/git-driver.ts";
import {
  photograph,
  plainGit,
  scratchRepository,
  type ScratchRepository,
} from "../../testing/scratch-repository.ts";

const never = new AbortController().signal;
const note = { kind: "WORKFLOW-STEP", what: "completed" } as const;
let scratch: ScratchRepository;
beforeEach(() => {
  scratch = scratchRepository();
  scratch.commit("first", { ".gitignore": "/bin\n/pid\n", a: "one\n" });
});
afterEach(() => scratch.remove());

/** A git that says its process and hangs at this command, once. */
function hangingGit(command: string): string {
  const bin = join(scratch.dir, "bin");
  mkdirSync(bin);
  const lines = [
    "#!/bin/sh",
    `case " $* " in *" ${command} "*) if mkdir "${bin}/once" 2>/dev/null; then echo $$ > "${scratch.dir}/pid"; exec sleep 600; fi ;; esac`,
    `PATH=\${PATH#*:} exec git "$@"`,
  ];
  writeFileSync(join(bin, "git"), `${lines.join("\n")}\n`);
  chmodSync(join(bin, "git"), 0o755);
  return `${bin}:${plainGit["PATH"]}`;
}

/** When the file is there. */
async function appears(file: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(join(file, ".."), () => {
    if (existsSync(file) && readFileSync(file, "utf8").endsWith("\n")) resolve();
  });
  try {
    await promise;
  } finally {
    watcher.close();
  }
}

it.each(["add", "read-tree", "update-ref"])(
  "an abort in the middle of git %s stops that process; what comes next finds a whole tree",
  async (command) => {
    const driver = gitDriver(scratch.dir, {
      env: { ...plainGit, PATH: hangingGit("-c none") },
      own: plainGit,
    });
    const mode = "shared";
    const { commit: from } = await driver.base({ runId: "r", name: "w", mode, setup: {} }, never);
    const request = { mode, place: { runId: "r", lane: "" }, from, setup: {}, print: () => {} } as const;
    const tree = await driver.open(request, never);
    const before = photograph(scratch.dir);
    writeFileSync(join(tree.cwd, "a"), "two\n");
    const gitFile = join(scratch.dir, "bin/git");
    writeFileSync(gitFile, readFileSync(gitFile, "utf8").replace("-c none", command));
    const abort = new AbortController();
    const hangs = appears(join(scratch.dir, "pid"));
    const restoring = tree.restore({ commit: from, note }, abort.signal);
    await hangs;
    const reason = new Error("stopped");
    abort.abort(reason);
    await expect(restoring).rejects.toBe(reason);
    const pid = Number(readFileSync(join(scratch.dir, "pid"), "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await tree.restore({ commit: from, note }, never);
    expect(readFileSync(join(tree.cwd, "a"), "utf8")).toBe("one\n");
    expect(Object.keys(photograph(scratch.dir)).filter((path) => !/^(bin|pid)/.test(path))).toEqual(
      Object.keys(before).filter((path) => !/^(bin|pid)/.test(path)),
    );
  },
);
