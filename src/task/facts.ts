import { type Condition, conditionsIn } from "./conditions.ts";
import { partsIn } from "./parts.ts";
import { patterns, type Role, roleOfVerb, viewpoints } from "./words.ts";

/** What can be told of a task from its words alone. */
export interface TaskFacts {
  /** What is to be done, in the order of the text: verbs and their roles. */
  readonly goals: readonly Goal[];
  /** Files and folders that are named. */
  readonly places: readonly string[];
  /** It is about everything there is. */
  readonly isWide: boolean;
  /** Pieces that several can work on. */
  readonly parts: readonly string[];
  /** From where it is to be looked at. */
  readonly viewpoints: readonly string[];
  /** Several viewpoints are asked for in so many words. */
  readonly wantsTeam: boolean;
  /** How many opinions are asked for; 0 when nothing is said of it. */
  readonly opinions: number;
  readonly conditions: readonly Condition[];
  /** The sentences that depend on no condition. */
  readonly rest: string;
  /** How much of it can go on at once, 0 to 1. */
  readonly parallel: number;
  /** It is about records, one like the other. */
  readonly isStream: boolean;
  /** The records do not end. */
  readonly isEndless: boolean;
  /** It is to be repeated until it is good. */
  readonly isIterative: boolean;
  readonly isQuestion: boolean;
  /** Words that say that something is not known yet, is about the structure, is risky, is small. */
  readonly unknowns: readonly string[];
  readonly structure: string | undefined;
  readonly risks: readonly string[];
  readonly smallness: readonly string[];
  readonly wantsQuality: boolean;
  readonly words: number;
}

export interface Goal {
  readonly verb: string;
  readonly role: Role;
}

/** Only the beginning of a text is read for its words; all of it counts for its length. */
const readCharacters = 4000;

/** Reads a task. Nothing in it is an instruction to tutti: it is looked at, word by word, and never run. */
export function readTask(task: string): TaskFacts {
  const whole = task.slice(0, readCharacters).replaceAll(patterns.url, " ");
  // what stands in a block of code says nothing about the work
  const text = whole.replaceAll(/```[^]*?(?:```|$)/g, " ").replaceAll(/`[^`\n]*`/g, " it ");
  const goals = goalsIn(text);
  const points = viewpointsIn(text, goals);
  const named = partsIn(text);
  const parts = named.some((part) => points.includes(part)) ? [] : named;
  const opinions = opinionsIn(text);
  const isStream = patterns.stream.test(text);
  return {
    goals,
    places: distinct(whole.replaceAll(patterns.either, " "), patterns.place).filter(isPlace),
    isWide: patterns.wide.test(text),
    parts,
    viewpoints: points,
    wantsTeam: patterns.team.test(text),
    opinions,
    ...conditionsIn(text),
    parallel: parallelOf(text, { parts: Math.max(parts.length, points.length, opinions), isStream }),
    isStream,
    isEndless: patterns.endless.test(text),
    isIterative: patterns.rounds.test(text),
    isQuestion: isQuestion(text, goals),
    unknowns: distinct(text, patterns.unknown),
    structure: patterns.structure.exec(text)?.[0].toLowerCase(),
    risks: distinct(text, patterns.risk),
    smallness: distinct(text, patterns.small),
    wantsQuality: patterns.quality.test(text),
    words: task.split(/\s+/).filter((word) => word !== "").length,
  };
}

/** A slash command at the beginning is no path, nor is a date or a fraction. */
function isPlace(text: string): boolean {
  return /[a-z*]/i.test(text) && !/^\d+(?:\/\d+)+$/.test(text);
}

function distinct(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([word]) => word.toLowerCase()))];
}

/** Where a new goal may begin: a sentence, a clause, or after a word that joins two. */
const starts =
  /(?:^|[.;:!?,\n]\s*(?:[-*•]\s+|\d+[.)]\s+)?|\b(?:and|then|also|please|afterwards|finally|first|next|must|should|to|or|but|just|now|quickly|carefully|simply)\s+)([a-z]+(?:\s+up\b|\s+out\b)?)/gi;

export function goalsIn(text: string): readonly Goal[] {
  const found: Goal[] = [];
  const trimmed = text.replace(/^[\s\-*•\d.)]+/, "").replaceAll(/\n\s*(?:[-*•]|\d+[.)])\s+/g, "\n");
  for (const { indices } of trimmed.matchAll(overlapping)) {
    const [start, end] = indices?.[1] ?? [0, 0];
    const goal = goalAt(trimmed.slice(start, end).toLowerCase(), trimmed.slice(start));
    if (goal && !found.some(({ verb }) => verb === goal.verb)) found.push(goal);
  }
  return found;
}

/** The beginnings, found also where one joining word follows another (`and then fix`). */
const overlapping = new RegExp(`(?=${starts.source})`, "dgi");

function goalAt(words: string, rest: string): Goal | undefined {
  if (words === "set up") return { verb: "set up", role: "setup" };
  if (words === "roll out") return { verb: "roll out", role: "release" };
  const verb = words.split(/\s+/)[0] ?? "";
  if (verb === "write" && patterns.prose.test(rest)) return { verb, role: "write" };
  const role = roleOfVerb.get(verb);
  return role && { verb, role };
}

function viewpointsIn(text: string, goals: readonly Goal[]): readonly string[] {
  const looks = goals.some(({ role }) => role === "check" || role === "research");
  if (!looks && !patterns.team.test(text)) return [];
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return [...new Set(words.filter((word) => viewpoints.has(word)))];
}

const counts: Readonly<Record<string, number>> = { two: 2, three: 3, four: 4, five: 5 };

function opinionsIn(text: string): number {
  const count = patterns.opinions.exec(text)?.[1]?.toLowerCase();
  if (count === undefined) return 0;
  return counts[count] ?? (Number(count) || 3);
}

function isQuestion(text: string, goals: readonly Goal[]): boolean {
  const changes = goals.some(({ role }) => role !== "research" && role !== "check");
  return patterns.question.test(text) && (/\?\s*$/.test(text) || !changes) && !/^\s*when\b[^?]*$/i.test(text);
}

interface Width {
  readonly parts: number;
  readonly isStream: boolean;
}

/** Of n parts all but one can go on beside another; words that put things in order halve that. */
function parallelOf(text: string, { parts, isStream }: Width): number {
  const own = parts > 1 ? 1 - 1 / parts : isStream ? 0.5 : 0;
  const said = patterns.together.test(text) ? Math.max(own, 0.8) : own;
  const ordered = distinct(text, patterns.inTurn).length >= 2;
  return Math.round((ordered ? said / 2 : said) * 100) / 100;
}
