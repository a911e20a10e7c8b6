import { components, roleOfVerb } from "./words.ts";

const mostParts = 10;
const mostWords = 5;

/**
 * The pieces that a task names: the items of a list, or what stands in a row (`the frontend, the api and tests`). Items
 * with numbers are in their order, and so no pieces.
 */
export function partsIn(text: string): readonly string[] {
  if (/^[ \t]*\d+[.)][ \t]+\S/m.test(text)) return [];
  const items = [...text.matchAll(/^[ \t]*[-*•][ \t]+(.+)$/gm)].map(([, item = ""]) => clean(item));
  if (items.length > 1) return unique(items).slice(0, mostParts);
  const rows = text.split(/[.;!?\n]/).map(rowIn);
  const longest = rows.reduce((best, row) => (row.length > best.length ? row : best), []);
  return unique(longest).slice(0, mostParts);
}

/** `a, b and c` in a sentence; two that are joined count when both are parts of a product. */
function rowIn(sentence: string): readonly string[] {
  const pieces = sentence.split(/\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|as well as|plus|&)\s+/);
  if (pieces.length < 2) return [];
  const named = pieces.map((piece, index) => (index === 0 ? lastOf(piece) : firstOf(piece)));
  let row: string[] = [];
  let best: readonly string[] = [];
  for (const name of named) {
    row = name === undefined ? [] : [...row, name];
    if (row.length > best.length) best = row;
  }
  const known = best.filter((name) => name.split(" ").some((word) => components.has(word)));
  return best.length > 2 || known.length > 1 ? best : [];
}

const openers =
  /^.*\b(?:the|a|an|our|for|of|with|from|in|on|into|by|including|include|has|have|needs?|are|is|both|like|such as)\s+/i;

/** What the first piece ends with: `Build a shop with a catalog` → `catalog`. */
function lastOf(piece: string): string | undefined {
  const words = clean(piece).split(/\s+/);
  const bare = roleOfVerb.has((words[0] ?? "").toLowerCase()) ? words.slice(1).join(" ") : words.join(" ");
  return named(bare.replace(/^.*:\s*/, "").replace(openers, ""));
}

/** What a later piece begins with, unless it is a clause of its own. */
function firstOf(piece: string): string | undefined {
  const bare = clean(piece).replace(/^(?:with\s+)?(?:the\s+|a\s+|an\s+|our\s+|its\s+|their\s+)?/i, "");
  const [word = ""] = bare.split(/\s+/);
  if (roleOfVerb.has(word.toLowerCase()) && !components.has(word.toLowerCase())) return undefined;
  if (
    /^(?:then|also|but|so|if|which|that|who|when|it|this|they|we|i|not|please|after|before|otherwise)$/i.test(
      word,
    )
  )
    return undefined;
  return named(
    bare.replace(/\s+(?:with|in|for|of|to|from|on|using|by|at|so|that|which|before|after|each)\b.*$/i, ""),
  );
}

function named(text: string): string | undefined {
  const name = clean(text).toLowerCase();
  const words = name.split(/\s+/).length;
  return name === "" || words > mostWords ? undefined : name;
}

function unique(items: readonly string[]): readonly string[] {
  const all = [...new Set(items.filter((item) => item !== ""))];
  return all.length > 1 ? all : [];
}

function clean(text: string): string {
  return text.trim().replaceAll(/^[\s,:("'*_-]+|[\s,:)"'*_.-]+$/g, "");
}
