import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorld, takenOf } from "../../../test/source-world.ts";
import type { Taken } from "../../../test/source-world.ts";
import type { Json } from "../../expression/json.ts";

/** Real streams of other people: data only. They are not part of the repository. */
const corpus = fileURLToPath(new URL("../../../../shared/corpora/events/", import.meta.url));
const index = join(corpus, "index.json");
const present = existsSync(index);

interface Stream {
  readonly name: string;
  readonly csv_records?: number;
}

/** Reads a part of a source as one process after another does: each goes on where the last one was. */
async function readInLives(paths: readonly string[], most: number): Promise<readonly Taken[]> {
  const source = { kind: "records", paths, format: { kind: "csv", separator: "," } } as const;
  const found: Taken[] = [];
  let position: Json = null;
  for (;;) {
    const life = await openWorld(source, { cwd: corpus, position });
    const intake = await life.read(most);
    await life.reader.close();
    found.push(...takenOf(intake));
    ({ position } = intake);
    if (intake.ended) return found;
  }
}

describe.skipIf(!present)("real streams", () => {
  const streams = present ? (JSON.parse(readFileSync(index, "utf8")) as Stream[]) : [];
  const parts = streams.filter(({ name }) => name.startsWith("pinot-user-events-"));

  it("of several files are read whole and in order, in however many lives", async () => {
    const paths = ["pinot-user-events-p*.csv"];
    const once = await (
      await openWorld({ kind: "records", paths, format: { kind: "csv", separator: "," } }, { cwd: corpus })
    ).rest();
    expect(once.length).toBe(parts.reduce((sum, { csv_records = 0 }) => sum + csv_records, 0));
    expect(new Set(once.map(({ origin }) => origin)).size).toBe(once.length);
    const inLives = await readInLives(paths, 777);
    expect(inLives.map(({ text, origin }) => `${origin} ${text}`)).toEqual(
      once.map(({ text, origin }) => `${origin} ${text}`),
    );
  });
});
