import { array, assert, asyncProperty, constantFrom, integer, nat, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { readUnseen } from "./http-unseen.ts";
import type { Answer, Mark } from "./http-unseen.ts";

const never = new AbortController().signal;

/** Texts that come in pieces. */
function answerOf(texts: readonly string[], piece: number): Answer {
  let at = 0;
  let there = 0;
  return {
    take: () => (at < there ? { text: texts[at++] ?? "" } : undefined),
    more: () => {
      const isMore = there < texts.length;
      there = Math.min(texts.length, there + piece);
      return Promise.resolve(isMore);
    },
  };
}

interface Taken {
  readonly texts: readonly string[];
  readonly marks: readonly Mark[];
}

interface How {
  readonly before: readonly Mark[];
  readonly most: number;
  /** Reads after which it stops. */
  readonly reads?: number;
  readonly piece?: number;
}

async function taken(
  texts: readonly string[],
  { before, most, reads = 1e6, piece = 3 }: How,
): Promise<Taken> {
  let marks: readonly Mark[] = [];
  const position = (now: readonly Mark[]): null => {
    marks = now;
    return null;
  };
  const read = readUnseen(answerOf(texts, piece), { name: "a", before, position });
  const all: string[] = [];
  for (let turn = 0; turn < reads; turn += 1) {
    const { records, ended } = await read(most, never);
    all.push(...records);
    if (ended) break;
  }
  return { texts: all, marks };
}

const texts = array(constantFrom("a", "b", "c"), { maxLength: 12 });
const most = integer({ min: 1, max: 4 });

describe("what is passed over of an answer", () => {
  it("is what was taken, when the answer begins with it; else nothing is", async () => {
    await assert(
      asyncProperty(texts, texts, record({ most, reads: nat(5) }), async (first, then, how) => {
        const before = await taken(first, { before: [], ...how });
        const after = await taken(then, { before: before.marks, most: how.most });
        const isSame = before.texts.every((text, at) => text === then[at]);
        expect(after.texts).toEqual(isSame ? then.slice(before.texts.length) : then);
        expect((await taken(then, { before: after.marks, most: how.most })).texts).toEqual([]);
      }),
    );
  });

  it("is proven piece by piece where it is long", async () => {
    const long = Array.from({ length: 40 }, (_, no) => `${no}`.padEnd(1024 * 1024, "x"));
    const { marks } = await taken(long, { before: [], most: 1000 });
    expect(marks.map(([n]) => n)).toEqual([8, 16, 24, 32, 40]);
    const changed = long.with(20, "other");
    const after = await taken(changed, { before: marks, most: 1000 });
    expect(after.texts).toEqual(changed.slice(16));
  });
});
