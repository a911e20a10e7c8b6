/** A decision that a task asks for. */
export interface Condition {
  /** What decides, in the words of the task. */
  readonly when: string;
  /** What is done when it holds; and when it does not. Empty: nothing is said. */
  readonly then: string;
  readonly otherwise: string;
}

const word = /\b(?:if|unless|in case|whenever|provided that|only when)\b|^when\b/i;
/** No decision: `if possible`, `check if it works`, `even if`. */
const idiom =
  /^(?:if|when|whenever)\s+(?:possible|needed|necessary|required|any|applicable|so|not|you (?:can|like|want|need))\b/i;
const asked =
  /\b(?:check|see|determine|verify|find out|know|test|ask|wonder|even|as|what|whether|tell me|decide|understand|investigate)\s*$/i;
const otherwiseWord = /[,;.]?\s*\b(?:otherwise|or else|else|if not)\b[\s,:]*/i;
const mostConditions = 5;

/** The decisions of a text, and the sentences that hold none. `unless` decides the other way round. */
export function conditionsIn(text: string): {
  readonly conditions: readonly Condition[];
  readonly rest: string;
} {
  const all = sentences(text).map((sentence) => ({ sentence, found: conditionIn(sentence) }));
  return {
    conditions: all.flatMap(({ found }) => found).slice(0, mostConditions),
    rest: all
      .flatMap(({ sentence, found }) => (found.length === 0 ? [sentence.trim()] : []))
      .filter((sentence) => sentence !== "")
      .join(" "),
  };
}

/** Sentences; one that goes on with `otherwise` belongs to the one before. */
function sentences(text: string): readonly string[] {
  const all: string[] = [];
  for (const part of text.split(/(?<=[.;!?])\s+|\n+/)) {
    const last = all.length - 1;
    const goesOn = /^\s*(?:otherwise|or else|else|if not)\b/i.test(part);
    if (goesOn && last >= 0) all[last] = `${all[last] ?? ""} ${part}`;
    else all.push(part);
  }
  return all;
}

function conditionIn(sentence: string): readonly Condition[] {
  const found = word.exec(sentence);
  if (!found) return [];
  const before = sentence.slice(0, found.index);
  const rest = sentence.slice(found.index);
  if (idiom.test(rest) || asked.test(before)) return [];
  const isTurned = found[0].toLowerCase() === "unless";
  const condition = read(rest.slice(found[0].length), before);
  const { when, then, otherwise } = condition;
  if (when === "" || (then === "" && otherwise === "")) return [];
  return [isTurned ? { when, then: otherwise, otherwise: then } : condition];
}

/** What follows the word; what stands before it is done when nothing else is said. */
function read(after: string, before: string): Condition {
  const [first, second] = cut(after, otherwiseWord);
  const [when, action] = cut(first, /\s*,\s*(?:then\s+)?|\s+then\s+/i);
  const lead = clean(before.replace(/\b(?:and|but|then|or|,)\s*$/i, ""));
  return { when: clean(when), then: clean(action) || lead, otherwise: clean(second) };
}

function cut(text: string, at: RegExp): readonly [string, string] {
  const found = at.exec(text);
  return found ? [text.slice(0, found.index), text.slice(found.index + found[0].length)] : [text, ""];
}

function clean(text: string): string {
  return text.trim().replaceAll(/^[\s,;:]+|[\s,;:.!]+$/g, "");
}
