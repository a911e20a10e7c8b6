import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorld, textsOf } from "../../../test/source-world.ts";
import type { OpenedSource, SourceWorld } from "../../../test/source-world.ts";
import type { RunLine } from "./options.ts";
import { createProcesses } from "../../processes/supervisor.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

const processes = createProcesses();

/** As an engine hands it in. */
const runLine: RunLine = (line, { cwd, signal, output, tell }) =>
  processes.run({
    file: "/bin/sh",
    args: ["-c", line],
    cwd,
    env: { PATH: process.env["PATH"] ?? "" },
    signal,
    keepBytes: 0,
    spill: async (bytes) => {
      await output(bytes);
      return "";
    },
    onLine: (text, stream) => {
      if (stream === "stderr") tell(text);
    },
  });

function open(line: string, world: SourceWorld = {}): Promise<OpenedSource> {
  return openWorld(
    { kind: "command", line, format: { kind: "lines" } },
    { cwd: temporaryFolder(), runLine, ...world },
  );
}

describe("a command as a source", () => {
  it("gives what it prints; what it says on standard error is printed", async () => {
    const source = await open("echo a; echo note >&2; printf 'b\\nc'");
    const all = await source.rest(1);
    expect(textsOf(all)).toEqual(['"a"', '"b"', '"c"']);
    expect(all[2]).toMatchObject({ origin: "command:3", position: { kind: "command", taken: 3 } });
    expect(source.printed).toEqual(["note"]);
  });

  it("is run again after a crash, and what was taken is passed over", async () => {
    const source = await open("seq 5", { position: { kind: "command", taken: 3 } });
    expect(textsOf(await source.rest())).toEqual(['"4"', '"5"']);
    const shorter = await open("seq 2", { position: { kind: "command", taken: 3 } });
    await expect(shorter.rest()).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  });

  it("fails after its records when the command fails, with what it said", async () => {
    const source = await open("seq 2; echo why >&2; exit 3");
    expect((await source.read(2)).records).toEqual(['"1"', '"2"']);
    const end = source.rest();
    await expect(end).rejects.toMatchObject({ code: "COMMAND_FAILED" });
    await expect(end).rejects.toThrow("exit status 3\nwhy");
  });

  it("waits while nobody reads, and is stopped when it is closed", async () => {
    const cwd = temporaryFolder();
    const source = await open(
      "trap 'echo stopped > end; exit' TERM PIPE; while :; do echo 0123456789; done",
      { cwd },
    );
    expect((await source.read(5)).records[0]).toBe('"0123456789"');
    await source.reader.close();
    expect(readFileSync(join(cwd, "end"), "utf8")).toBe("stopped\n");
  });

  it("gives up a read without losing what comes", async () => {
    const cwd = temporaryFolder();
    const source = await open("mkfifo gate; echo ready; read x < gate; echo $x", { cwd });
    await source.read(1);
    const stop = new AbortController();
    const read = source.reader.read(1, stop.signal);
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    const opened = await open("echo go > gate", { cwd });
    await opened.rest();
    expect(textsOf(await source.rest())).toEqual(['"go"']);
  });

  it("is refused where nothing runs programs", async () => {
    const source = openWorld({ kind: "command", line: "true", format: { kind: "lines" } });
    await expect(source).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
