import type { Unread } from "../records/decode.ts";
import type { BadRecord, Intake } from "../source.ts";

/** Longest text that is kept of a record that is bad. */
const keptCharacters = 4096;

/** A record that was found, or what is none; `line` is where it begins, if it lies in lines. */
export type Found =
  | { readonly line?: number; readonly text: string; readonly bad?: undefined }
  | { readonly line?: number; readonly text?: undefined; readonly bad: Unread };

/** With so many characters an intake is full, however few its records are. */
const mostCharacters = 1_048_576;

/** An intake that is being filled. */
export interface Draft {
  /** Records and bad ones, so far. */
  readonly count: number;
  readonly isFull: boolean;
  add(record: Found, name: string): void;
  done(rest: Pick<Intake, "position" | "ended" | "lag" | "settled">): Intake;
}

export function createDraft(most: number): Draft {
  const records: string[] = [];
  const origins: Origin[] = [];
  const bad: BadRecord[] = [];
  let characters = 0;
  return {
    get count() {
      return records.length + bad.length;
    },
    get isFull() {
      return records.length + bad.length >= most || characters >= mostCharacters;
    },
    add(record, name) {
      characters += (record.bad ?? record).text.length;
      if (record.bad) {
        bad.push({ ...record.bad, before: records.length, origin: originText({ name, line: record.line }) });
        return;
      }
      records.push(record.text);
      origins.push({ name, line: record.line });
    },
    done: (rest) => ({
      ...rest,
      records,
      bad,
      originOf: (index) => {
        const origin = origins[index];
        return origin ? originText(origin) : "";
      },
    }),
  };
}

interface Origin {
  readonly name: string;
  readonly line: number | undefined;
}

function originText({ name, line }: Origin): string {
  return line === undefined ? name : `${name}:${line}`;
}

/** A record that was made of a value: bad when it is longer than the bound. */
export function recordOf(
  text: string,
  { line, maxBytes }: { readonly line?: number; readonly maxBytes: number },
): Found {
  const place = line === undefined ? {} : { line };
  if (Buffer.byteLength(text) <= maxBytes) return { ...place, text };
  const reason = `it has more than ${maxBytes} bytes`;
  return {
    ...place,
    bad: { code: "RECORD_TOO_LONG", reason, text: text.slice(0, keptCharacters).toWellFormed() },
  };
}
