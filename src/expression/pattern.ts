import { RE2JS } from "re2js";

/** A regular expression that takes linear time, whatever it is tried on. */
export interface Pattern {
  /** True when it matches somewhere in the text. */
  readonly test: (text: string) => boolean;
}

/** A pattern in RE2 syntax in which a dot stands for a line break too; throws when it is not that. */
export function linearPattern(source: string): Pattern {
  const pattern = RE2JS.compile(source, RE2JS.DOTALL);
  return { test: (text) => pattern.test(text) };
}
