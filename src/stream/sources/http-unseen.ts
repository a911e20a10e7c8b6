import { createHash } from "node:crypto";
import { createDraft } from "./draft.ts";
import type { Draft, Found } from "./draft.ts";
import type { Json } from "../../expression/json.ts";
import type { SourceReader } from "../source.ts";

/** The records of an answer up to the n-th, bad ones too, and the hash that all their texts come to. */
export type Mark = readonly [n: number, hash: string];

/** Weight of the records between two marks, and of those that are held to be compared with one. */
const segment = 8 * 1024 * 1024;
const mostHeld = 2 * segment;
/** What a record weighs besides its text. */
const ownWeight = 64;
const mostMarks = 256;

/** An answer that comes record by record. */
export interface Answer {
  /** Undefined: none is there yet, or any more. */
  readonly take: () => Found | undefined;
  /** Waits for more; false: nothing more comes. */
  readonly more: (signal: AbortSignal) => Promise<boolean>;
}

export interface UnseenOptions {
  /** What origins call it. */
  readonly name: string;
  /** What was taken of the answer before it. */
  readonly before: readonly Mark[];
  /** Where it stands with so much taken of this answer. */
  readonly position: (marks: readonly Mark[]) => Json;
}

/**
 * Reads the records of an answer, but passes over those at its beginning that are provably the ones taken before: as many, with the
 * same hash. Where that fails, all behind the last mark that holds are given: rather twice than never. They are held until it is
 * known, as an answer may not come a second time; what is longer than can be held (2 GiB) counts as unproven.
 */
export function readUnseen(answer: Answer, { name, before, position }: UnseenOptions): SourceReader["read"] {
  const unseen = new Unseen(before, answer.take);
  let isOver = false;

  function fill(draft: Draft): void {
    while (!draft.isFull) {
      const found = unseen.next(isOver);
      if (!found) return;
      draft.add(found, name);
    }
  }

  return async (most, signal) => {
    signal.throwIfAborted();
    const draft = createDraft(most);
    for (fill(draft); draft.count === 0 && !isOver; fill(draft)) isOver = !(await answer.more(signal));
    return draft.done({ position: position(unseen.marks), ended: isOver && draft.count === 0 });
  };
}

class Unseen {
  readonly #take: Answer["take"];
  /** Marks that the answer has not come to yet, the next one last; none: nothing is left to prove. */
  #before: readonly Mark[];
  readonly #passed = createHash("sha256");
  readonly #proof = createHash("sha256");
  #count = 0;
  #weight = 0;
  readonly #marks: Mark[] = [];
  /** Records behind the last mark that holds; the next one last when they are to be given. */
  #held: Found[] = [];
  #heldWeight = 0;

  constructor(before: readonly Mark[], take: Answer["take"]) {
    this.#before = before.toReversed();
    this.#take = take;
  }

  /** What has been given or passed over. */
  get marks(): readonly Mark[] {
    const last = this.#marks.at(-1)?.[0] ?? 0;
    return last === this.#count ? [...this.#marks] : [...this.#marks, this.#mark()];
  }

  /** Undefined: it has to wait for more of the answer, or that is over. */
  next(isOver: boolean): Found | undefined {
    this.#prove(isOver);
    if (this.#before.length > 0) return undefined;
    const found = this.#held.pop() ?? this.#take();
    if (found) this.#pass(found);
    return found;
  }

  #prove(isOver: boolean): void {
    for (let mark = this.#before.at(-1); mark; mark = this.#before.at(-1)) {
      const found = this.#take();
      if (!found) {
        if (isOver) this.#giveHeld();
        return;
      }
      this.#hold(found);
      if (this.#count + this.#held.length < mark[0]) {
        if (this.#heldWeight > mostHeld) this.#giveHeld();
      } else if (hashOf(this.#proof) === mark[1]) this.#passHeld();
      else this.#giveHeld();
    }
  }

  #hold(found: Found): void {
    this.#held.push(found);
    this.#heldWeight += weightOf(found);
    this.#proof.update(lineOf(found));
  }

  #passHeld(): void {
    for (const found of this.#held) this.#pass(found);
    this.#before = this.#before.slice(0, -1);
    this.#held = [];
    this.#heldWeight = 0;
  }

  #giveHeld(): void {
    this.#before = [];
    this.#held.reverse();
  }

  #pass(found: Found): void {
    this.#passed.update(lineOf(found));
    this.#count += 1;
    this.#weight += weightOf(found);
    if (this.#weight < segment || this.#marks.length === mostMarks) return;
    this.#marks.push(this.#mark());
    this.#weight = 0;
  }

  #mark(): Mark {
    return [this.#count, hashOf(this.#passed)];
  }
}

function hashOf(hash: ReturnType<typeof createHash>): string {
  return hash.copy().digest("base64url").slice(0, 16);
}

function textOf({ bad, text }: Found): string {
  return bad ? `${bad.code} ${bad.text}` : text;
}

function lineOf(found: Found): string {
  return `${textOf(found)}\n`;
}

function weightOf(found: Found): number {
  return textOf(found).length + ownWeight;
}
