import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openWorld, readAll } from "../../../test/source-world.ts";
import type { OpenedSource } from "../../../test/source-world.ts";
import type { Json } from "../../expression/json.ts";

/** What happens to a log, and to who follows it. */
type Event = "line" | "half" | "rename" | "cut" | "read" | "crash" | "crash and rename";

const events = fc.array(
  fc.constantFrom<Event>(
    "line",
    "line",
    "half",
    "rename",
    "cut",
    "read",
    "read",
    "crash",
    "crash and rename",
  ),
  { maxLength: 20 },
);

/** A log and its follower; each line of the log has a number of its own. */
class Play {
  readonly #folder: string;
  readonly #paths: readonly string[];
  #source: OpenedSource | undefined;
  #position: Json = null;
  #lines = 0;
  #renamed = 0;
  #isHalf = false;
  readonly read: number[] = [];

  constructor(folder: string, paths: readonly string[]) {
    this.#folder = folder;
    this.#paths = paths;
  }

  get written(): readonly number[] {
    return Array.from({ length: this.#lines }, (_, no) => 1_000_000 + no);
  }

  async do(event: Event): Promise<void> {
    switch (event) {
      case "line":
        return this.write();
      case "half":
        return this.writeHalf();
      case "read":
        return this.readOn();
      case "rename":
        await this.readOn();
        this.rename();
        return this.begin();
      case "cut":
        await this.readOn();
        this.cut();
        return this.begin();
      case "crash":
        return this.crash();
      case "crash and rename":
        await this.readOn();
        await this.crash();
        this.rename();
        return this.begin();
    }
  }

  /** Who has read nothing of a file does not know it when it is moved away while he does not look. */
  async begin(): Promise<void> {
    this.write();
    await this.readOn();
  }

  write(): void {
    const text = String(1_000_000 + this.#lines);
    appendFileSync(this.#log, `${this.#isHalf ? text.slice(3) : text}\n`);
    this.#lines += 1;
    this.#isHalf = false;
  }

  writeHalf(): void {
    if (this.#isHalf) return;
    appendFileSync(this.#log, String(1_000_000 + this.#lines).slice(0, 3));
    this.#isHalf = true;
  }

  /** As logs are rotated: the rest of a line goes into the file in which it was begun. */
  rename(): void {
    if (this.#isHalf) this.write();
    if (existsSync(this.#log)) renameSync(this.#log, `${this.#log}.${(this.#renamed += 1)}`);
  }

  /** As `copytruncate` does it. */
  cut(): void {
    if (this.#isHalf || !existsSync(this.#log)) return;
    copyFileSync(this.#log, join(this.#folder, "copy"));
    truncateSync(this.#log);
  }

  async readOn(): Promise<void> {
    const taken = await readAll((this.#source ??= await this.#open()));
    for (const { text, position } of taken) {
      this.read.push(Number(text));
      this.#position = position;
    }
  }

  async crash(): Promise<void> {
    await this.#source?.reader.close();
    this.#source = undefined;
  }

  get #log(): string {
    return join(this.#folder, "log");
  }

  #open(): Promise<OpenedSource> {
    const source = { kind: "records", paths: this.#paths, format: { kind: "jsonl" } } as const;
    return openWorld(source, { cwd: this.#folder, continuous: true, position: this.#position });
  }
}

async function play(happening: readonly Event[], paths: readonly string[]): Promise<Play> {
  const folder = mkdtempSync(join(tmpdir(), "tutti-"));
  try {
    const played = new Play(folder, paths);
    await played.begin();
    for (const event of happening) await played.do(event);
    played.write();
    await played.readOn();
    await played.crash();
    return played;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("whoever follows a log", () => {
  it("reads each line once, in order, whatever becomes of the file and of himself", async () => {
    await fc.assert(
      fc.asyncProperty(events, async (happening) => {
        const { read, written } = await play(happening, ["log"]);
        expect(read).toEqual(written);
      }),
      { numRuns: 60 },
    );
  });

  it("does so too where what is moved away fits the glob that he follows", async () => {
    await fc.assert(
      fc.asyncProperty(events, async (happening) => {
        const { read, written } = await play(happening, ["log*"]);
        expect(read.toSorted((a, b) => a - b)).toEqual(written);
      }),
      { numRuns: 60 },
    );
  });
});
