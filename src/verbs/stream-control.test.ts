import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openTutti, type TuttiOptions } from "../engine.ts";
import type { PipelineAction } from "../language/pipeline.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import type { StreamEnd, StreamOptions } from "../stream/host.ts";
import { pipelineOf, pipelineWorkflow } from "../testing/pipeline-step.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import type { Source } from "./load.ts";

function workflowWith(action: Partial<PipelineAction>) {
  return pipelineWorkflow(pipelineOf(action), { inputs: { items: "array" } });
}

async function opened(options: Partial<TuttiOptions>) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".tutti"));
  const tutti = await openTutti({ cwd, home: join(cwd, ".tutti"), ...options });
  onTestFinished(() => tutti.close());
  const start = (workflow: Source["workflow"]) => {
    const source = { workflow, origin: "test", text: "", warnings: [], notes: [], dialect: "canonical" };
    return tutti.start(source, { inputs: { items: [1] } });
  };
  return { tutti, start };
}

/** Drives no records: the test says how it ends. */
function playedDrive() {
  const begun: (StreamOptions & { readonly end: (end: StreamEnd) => void; drained: boolean })[] = [];
  const driveStream = (options: StreamOptions) => {
    const { promise, resolve, reject } = Promise.withResolvers<StreamEnd>();
    const one = { ...options, end: resolve, drained: false };
    begun.push(one);
    options.signal.addEventListener("abort", () => reject(options.signal.reason as Error), { once: true });
    return {
      done: promise,
      drain: () => {
        one.drained = true;
      },
      replay: () => false,
      figures: () => figures,
    };
  };
  return { begun, driveStream, last: () => begun.at(-1) };
}

const figures = {
  source: { read: 0, bad: 0, perSecond: 0, ended: false },
  places: [],
  latencyMs: { p50: 0, p95: 0, p99: 0 },
  runningMs: 0,
  costUsd: 0,
  status: "running",
} as const;

describe("what happens to its run happens to a pipeline", () => {
  async function played(options: Partial<TuttiOptions> = {}) {
    const drive = playedDrive();
    const open = await opened({ driveStream: drive.driveStream, ...options });
    const handle = await open.start(workflowWith({}));
    await vi.waitUntil(() => drive.begun.length === 1);
    return { ...open, ...drive, handle };
  }

  it("is drained for a pause, waits, and goes on", async () => {
    const { tutti, handle, begun, last } = await played();
    handle.pause("later");
    await vi.waitUntil(() => last()?.drained);
    last()?.end({ status: "paused" });
    expect((await handle.done).status).toBe("paused");
    const again = await tutti.resume(handle.id);
    await vi.waitUntil(() => begun.length === 2);
    last()?.end({ status: "completed", output: [1] });
    expect((await again.done).status).toBe("completed");
    expect(again.view().nodes[0]).toMatchObject({ attempt: 1, output: [1] });
  });

  it("goes on at once when the pause is over before it was drained", async () => {
    const { handle, begun, last } = await played();
    handle.pause();
    await vi.waitUntil(() => last()?.drained);
    handle.resume();
    await vi.waitUntil(() => !handle.state.paused);
    last()?.end({ status: "paused" });
    await vi.waitUntil(() => begun.length === 2);
    last()?.end({ status: "completed", output: null });
    expect((await handle.done).status).toBe("completed");
  });

  it("has so long to be drained when its process stops, and is the same after that", async () => {
    const clock = createFakeClock();
    const { tutti, handle, begun, last } = await played({ clock });
    handle.stop("the machine goes down");
    await vi.waitUntil(() => last()?.drained);
    clock.advance(29_999);
    expect(last()?.signal.aborted).toBe(false);
    clock.advance(1);
    expect(await handle.done).toMatchObject({ stopped: true });
    const again = await tutti.resume(handle.id);
    await vi.waitUntil(() => begun.length === 2);
    last()?.end({ status: "completed", output: null });
    expect((await again.done).view.nodes[0]).toMatchObject({ attempt: 1, status: "verified" });
  });

  it("is stopped at once when it is cancelled, also while it is drained", async () => {
    const { handle, last } = await played();
    handle.pause();
    await vi.waitUntil(() => last()?.drained);
    handle.cancel("enough");
    expect((await handle.done).status).toBe("cancelled");
    expect(last()?.signal.aborted).toBe(true);
  });

  it("fails with its failure, and goes on with the same stream", async () => {
    const { tutti, handle, begun, last } = await played();
    const failure = { code: "SINK_FAILED", message: "Cannot write: no", class: "permanent" } as const;
    last()?.end({ status: "failed", outcome: { ok: false, failure } });
    const { status, view } = await handle.done;
    expect(status).toBe("failed");
    expect(view.nodes[0]?.failure).toMatchObject({ code: "SINK_FAILED" });
    const again = await tutti.resume(handle.id);
    await vi.waitUntil(() => begun.length === 2);
    last()?.end({ status: "completed", output: null });
    expect((await again.done).status).toBe("completed");
  });

  it("tells its figures to who listens, not more often than ten times a second", async () => {
    const clock = createFakeClock();
    const drive = playedDrive();
    const { start } = await opened({ driveStream: drive.driveStream, clock });
    const handle = await start(workflowWith({}));
    const heard: string[] = [];
    handle.on((news) => void (news.kind === "stream" && heard.push(news.address)));
    await vi.waitUntil(() => drive.begun.length === 1);
    for (let count = 0; count < 50; count += 1) drive.last()?.onFigures?.(figures);
    expect(heard).toEqual(["load"]);
    clock.advance(100);
    expect(heard).toEqual(["load", "load"]);
    drive.last()?.end({ status: "completed", output: null });
    await handle.done;
    expect(heard).toHaveLength(3);
  });
});

it("gives a source the values of secrets, and hides them from then on", async () => {
  vi.stubEnv("KEY", "s3cr3t-value");
  onTestFinished(() => void vi.unstubAllEnvs());
  const drive = playedDrive();
  const { start } = await opened({ driveStream: drive.driveStream });
  const source = {
    kind: "http",
    url: "https://example.com/?k=${ secrets.KEY }",
    headers: {},
    format: { kind: "jsonl" },
    everyMs: 1000,
  } as const;
  const handle = await start(workflowWith({ source }));
  await vi.waitUntil(() => drive.begun.length === 1);
  const { pipeline, host } = drive.last() ?? {};
  const { url = "" } = pipeline?.source.kind === "http" ? pipeline.source : {};
  expect(url).not.toContain("s3cr3t");
  expect(host?.fill(url)).toBe("https://example.com/?k=s3cr3t-value");
  drive.last()?.end({ status: "completed", output: "it said s3cr3t-value" });
  expect((await handle.done).view.nodes[0]?.output).toBe("it said ***");
});
