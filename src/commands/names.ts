/** How commands are named, compared and shown. Pure. */

import { distance } from "../expression/nearest.ts";

/**
 * The form in which names are compared: `/milestone/plan`, `milestone plan` and `milestone:plan` are one.
 * Unicode is composed, the case is kept.
 */
export function nameKey(name: string): string {
  return name
    .normalize("NFC")
    .trim()
    .replace(/^\//, "")
    .split(/[\s:/]+/)
    .filter((part) => part !== "")
    .join(":");
}

/** A name or path for a message: control characters shown as `?`, at most `maxLength` characters. */
export function shown(text: string, maxLength = 300): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, "?");
  return plain.length > maxLength ? `${plain.slice(0, maxLength - 1)}…` : plain;
}

/** True when no command can have this name: a way out of the folders, control characters, nothing, or a novel. */
export function isHostile(name: string): boolean {
  const parts = name.split(/[\s:/\\]+/);
  return /\p{Cc}/u.test(name) || parts.includes("..") || name.length > 500 || nameKey(name) === "";
}

/** How well a name fits a query when nothing fits exactly: 0 is best; undefined: not at all. */
export function fuzzyScore(query: string, name: string): number | undefined {
  const wanted = nameKey(query).toLowerCase();
  const candidate = nameKey(name).toLowerCase();
  if (candidate === wanted) return 0;
  if (candidate.endsWith(`:${wanted}`)) return 1;
  if (candidate.replaceAll(":", "-") === wanted.replaceAll(":", "-")) return 1;
  const edits = editsBetween(wanted, candidate);
  if (edits <= Math.min(2, Math.floor(wanted.length / 3))) return 1 + edits;
  return wanted.length >= 3 && candidate.includes(wanted) ? 4 : undefined;
}

/** Edits to the whole name, or to its last part when the query has only one part. */
function editsBetween(wanted: string, candidate: string): number {
  const whole = distance(wanted, candidate);
  if (wanted.includes(":")) return whole;
  return Math.min(whole, distance(wanted, candidate.slice(candidate.lastIndexOf(":") + 1)));
}

/** At most five names that a person may have meant, nearest first. */
export function nearestNames(query: string, names: readonly string[]): string[] {
  const wanted = nameKey(query).toLowerCase().slice(0, 100);
  const limit = Math.max(2, Math.ceil(wanted.length / 2));
  return [...new Set(names)]
    .map((name) => ({ name, edits: editsBetween(wanted, nameKey(name).toLowerCase()) }))
    .filter((candidate) => candidate.edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, 5)
    .map((candidate) => candidate.name);
}
