import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { startProgram } from "../../testing/testbed.ts";
import { describeProcess, identify, isGone, isRunning } from "./process-identity.ts";

describe("the identity of a process", () => {
  const self = identify();

  it("says that this process lives", () => {
    expect(self.pid).toBe(process.pid);
    expect(isGone(self, self)).toBe(false);
    expect(isGone(identify(), self)).toBe(false);
    expect(describeProcess(self)).toBe(`pid ${process.pid} on ${self.host}`);
  });

  it("knows a process whose id is in use again by its start time", () => {
    expect(isGone({ ...self, started: "0" }, self)).toBe(true);
  });

  it("says that a process is gone once it was killed", async () => {
    const program = startProgram(`console.log("up"); setInterval(() => {}, 1000)`);
    await program.line("up");
    const other = identify(program.pid);
    expect(isGone(other, self)).toBe(false);
    expect(isRunning(program.pid)).toBe(true);
    program.signal("SIGSTOP");
    expect(isGone(other, self)).toBe(false);
    await program.kill();
    expect(isGone(other, self)).toBe(true);
    expect(isRunning(program.pid)).toBe(false);
  });

  it("takes one that ended and waits to be collected for gone", async (context) => {
    if (process.platform !== "linux") return context.skip("the state is read from /proc");
    // the shell never collects its child
    const shell = spawn("sh", ["-c", `sleep 0 & echo $!; exec tail -f /dev/null`], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [pid] = await new Promise<number[]>((resolve) => {
      shell.stdout.once("data", (text: Buffer) => resolve([Number(text.toString())]));
    });
    await expect.poll(() => isRunning(pid ?? 0), { interval: 5 }).toBe(false);
    shell.kill("SIGKILL");
  });

  it("knows nothing of processes elsewhere, so their leases have to run out", () => {
    expect(isGone({ ...self, host: "elsewhere", pid: 999_999_999 }, self)).toBe(false);
    expect(isGone({ ...self, boot: "another", pid: 999_999_999 }, self)).toBe(false);
    expect(isGone({ ...self, pid: 999_999_999 }, self)).toBe(true);
  });
});
