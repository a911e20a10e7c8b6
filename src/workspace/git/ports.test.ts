import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startProgram } from "../../testing/testbed.ts";
import { givePortsBack, type PortRequest, portVariables, takePorts } from "./ports.ts";

const signal = new AbortController().signal;

function project(): {
  readonly stateDir: string;
  readonly request: (lane: string, count?: number) => PortRequest;
} {
  const stateDir = mkdtempSync(join(tmpdir(), "tutti-ports-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  return {
    stateDir,
    request: (lane, count = 3) => {
      const dir = join(stateDir, `tree-${lane}`);
      mkdirSync(dir, { recursive: true });
      return { stateDir, place: { runId: "r1", lane }, dir, count };
    },
  };
}

/** Listens there until the test is over. */
async function occupy(port: number, host: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  onTestFinished(() => void server.close());
}

it("gives every tree a row of its own, and a tree the same again", async () => {
  const { request } = project();
  const rows = await Promise.all(["a", "b", "c"].map((lane) => takePorts(request(lane), signal)));
  const ports = new Set(rows.flatMap((first) => [first, first + 1, first + 2]));
  expect(ports.size).toBe(9);
  expect(await takePorts(request("b"), signal)).toBe(rows[1]);
});

it("leaves out a row of which somebody has one port, on either protocol", async () => {
  const { request } = project();
  const first = await takePorts(request("a"), signal);
  rmSync(request("a").dir, { recursive: true });
  await occupy(first + 1, "127.0.0.1");
  const second = await takePorts(request("b"), signal);
  expect(second).not.toBe(first);
  rmSync(request("b").dir, { recursive: true });
  await occupy(second + 2, "::1");
  expect([first, second]).not.toContain(await takePorts(request("c"), signal));
});

it("keeps what a tree has while it listens there", async () => {
  const { request } = project();
  const first = await takePorts(request("a"), signal);
  await occupy(first, "127.0.0.1");
  expect(await takePorts(request("a"), signal)).toBe(first);
});

it("gives another row when another number is asked for", async () => {
  const { request, stateDir } = project();
  await takePorts(request("a", 2), signal);
  await takePorts(request("a", 5), signal);
  expect(JSON.parse(readFileSync(join(stateDir, "ports.json"), "utf8"))).toMatchObject([{ count: 5 }]);
});

it("ports of a tree that is gone, or is over, are free again", async () => {
  const { request, stateDir } = project();
  await Promise.all(["a", "b", "c"].map((lane) => takePorts(request(lane), signal)));
  rmSync(request("a").dir, { recursive: true });
  const isOver = ({ place }: { place: { lane: string } }) => place.lane === "b";
  expect(await givePortsBack(stateDir, { isOver, signal })).toBe(2);
  expect(JSON.parse(readFileSync(join(stateDir, "ports.json"), "utf8"))).toMatchObject([
    { place: { lane: "c" } },
  ]);
});

it("makes no file where no port was ever taken", async () => {
  const { stateDir } = project();
  expect(await givePortsBack(join(stateDir, "none"), { isOver: () => true, signal })).toBe(0);
});

it("goes on from a record that was damaged", async () => {
  const { request, stateDir } = project();
  writeFileSync(join(stateDir, "ports.json"), '[{"first": 20000}, null, 3');
  expect(await takePorts(request("a"), signal)).toBeGreaterThan(0);
  writeFileSync(join(stateDir, "ports.json"), '[{"first": 20000}, null, 3]');
  expect(await takePorts(request("a"), signal)).toBeGreaterThan(0);
});

it("says so when there are not so many in a row", async () => {
  const { request } = project();
  await expect(takePorts(request("a", 50_000), signal)).rejects.toMatchObject({
    code: "WORKSPACE_NOT_READY",
    message: expect.stringContaining("no 50000 free ports in a row") as string,
  });
});

it("two processes never get the same", async () => {
  const { request, stateDir } = project();
  const takes = (name: string) => `
    import { takePorts } from ${JSON.stringify(new URL("ports.ts", import.meta.url).href)};
    const signal = new AbortController().signal;
    const dir = ${JSON.stringify(stateDir)};
    const take = (lane) => takePorts({ stateDir: dir, place: { runId: ${JSON.stringify(name)}, lane }, dir, count: 2 }, signal);
    console.log("got " + (await Promise.all(["a", "b", "c", "d"].map(take))).join(","));
  `;
  const programs = ["one", "two"].map((name) => startProgram(takes(name)));
  const said = await Promise.all(programs.map((program) => program.line("got ")));
  const firsts = said.flatMap((line) => line.slice(4).split(","));
  expect(new Set(firsts).size).toBe(8);
  expect(firsts).not.toContain(String(await takePorts(request("x", 2), signal)));
});

it("tells programs the first, how many, and each", () => {
  expect(portVariables(20_100, 2)).toEqual({
    TUTTI_PORT: "20100",
    TUTTI_PORTS: "2",
    TUTTI_PORT_1: "20100",
    TUTTI_PORT_2: "20101",
  });
});
