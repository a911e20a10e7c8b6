import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { WorkPlace } from "../../core/workspace.ts";
import { TuttiError } from "../../errors.ts";
import { withLock } from "../../files/file-lock.ts";
import { readJson, writeJson } from "./json-file.ts";

/** Below those that Linux and macOS hand out by themselves, above those that programs usually have. */
const firstPort = 20_000;
const endPort = 32_000;

/** Ports in a row that belong to a tree. */
export interface PortBlock {
  readonly place: WorkPlace;
  /** The tree; when it is gone, its ports are free again. */
  readonly dir: string;
  readonly first: number;
  readonly count: number;
}

export interface PortRequest {
  readonly stateDir: string;
  readonly place: WorkPlace;
  readonly dir: string;
  readonly count: number;
}

/**
 * The first of `count` free ports of this machine in a row, that no other tree of the state folder has; the same again for
 * the same tree, also when somebody listens there by now: it is the tree's own server.
 */
export async function takePorts(request: PortRequest, signal: AbortSignal): Promise<number> {
  return changeBlocks(request.stateDir, signal, async (blocks) => {
    const own = blocks.find((block) => isOf(block, request.place));
    if (own?.count === request.count) return { blocks, result: own.first };
    const others = blocks.filter((block) => block !== own);
    const first = await freeRow(request, others, signal);
    const { place, dir, count } = request;
    return { blocks: [...others, { place, dir, first, count }], result: first };
  });
}

/** The ports of these trees are free again; gives how many blocks that were. */
export async function givePortsBack(
  stateDir: string,
  { isOver, signal }: { readonly isOver: (block: PortBlock) => boolean; readonly signal: AbortSignal },
): Promise<number> {
  if (!existsSync(portsFile(stateDir))) return 0;
  return changeBlocks(stateDir, signal, (blocks, given) => {
    const kept = blocks.filter((block) => !isOver(block));
    return Promise.resolve({ blocks: kept, result: given + blocks.length - kept.length });
  });
}

/** What the programs of a tree are told of its ports. */
export function portVariables(first: number, count: number): Record<string, string> {
  const each = Array.from({ length: count }, (_, at) => [`TUTTI_PORT_${at + 1}`, String(first + at)]);
  return { TUTTI_PORT: String(first), TUTTI_PORTS: String(count), ...Object.fromEntries(each) };
}

type Change<T> = (
  blocks: readonly PortBlock[],
  given: number,
) => Promise<{ readonly blocks: readonly PortBlock[]; readonly result: T }>;

/** `change` gets the blocks of trees that are there, and how many were given back because theirs is not. */
function changeBlocks<T>(stateDir: string, signal: AbortSignal, change: Change<T>): Promise<T> {
  return withLock(join(stateDir, "ports.lock"), signal, async () => {
    const file = portsFile(stateDir);
    const all = blocksIn(readJson(file));
    const there = all.filter(({ dir }) => existsSync(dir));
    const { blocks, result } = await change(there, all.length - there.length);
    if (blocks.length !== all.length || blocks.some((block, at) => block !== all[at]))
      writeJson(file, blocks);
    return result;
  });
}

function portsFile(stateDir: string): string {
  return join(stateDir, "ports.json");
}

function blocksIn(value: unknown): readonly PortBlock[] {
  return Array.isArray(value) ? value.filter(isBlock) : [];
}

function isBlock(value: unknown): value is PortBlock {
  const { place, dir, first, count } = (value ?? {}) as Partial<PortBlock>;
  return (
    typeof dir === "string" &&
    Number.isSafeInteger(first) &&
    Number.isSafeInteger(count) &&
    typeof place?.runId === "string" &&
    typeof place.lane === "string"
  );
}

function isOf({ place }: PortBlock, { runId, lane }: WorkPlace): boolean {
  return place.runId === runId && place.lane === lane;
}

/** Begins at a place of the state folder's own, so that trees of two projects seldom ask for the same. */
async function freeRow(
  { stateDir, count, dir }: PortRequest,
  taken: readonly PortBlock[],
  signal: AbortSignal,
): Promise<number> {
  const rows = Math.floor((endPort - firstPort) / count);
  const start = createHash("sha256").update(stateDir).digest().readUInt32BE() % Math.max(1, rows);
  for (let at = 0; at < rows; at += 1) {
    signal.throwIfAborted();
    const first = firstPort + ((start + at) % rows) * count;
    const isTaken = taken.some((block) => first < block.first + block.count && block.first < first + count);
    if (!isTaken && (await areFree(first, count))) return first;
  }
  throw new TuttiError(
    "WORKSPACE_NOT_READY",
    `Cannot make the working tree "${dir}" ready: there are no ${count} free ports in a row between ${firstPort} and ${endPort}`,
    { fix: "ask for fewer `ports:`, or take away trees that are not needed: tutti doctor --clean" },
  );
}

async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port += 1) {
    if (!(await isFree(port, "127.0.0.1")) || !(await isFree(port, "::1"))) return false;
  }
  return true;
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // a machine without IPv6 has nobody there who could listen
    server.once("error", (error: NodeJS.ErrnoException) => resolve(absentAddress.has(error.code ?? "")));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const absentAddress = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);
