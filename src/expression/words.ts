import { mistake, type Site, sourceOf } from "./places.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** The signs the words stand for, of the same length, so that every offset stays right. */
const signs: Readonly<Record<string, string>> = { AND: "&& ", OR: "||", NOT: "!  " };
const looser = new Set(["AND", "OR", "&&", "||", "?", ":", ",", ")", "]", "}"]);
const tighter = new Set(["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "in"]);
const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * The expression with `AND`, `OR` and `NOT` as `&&`, `||` and `!`; string literals, fields and comments are untouched.
 * Throws EXPRESSION_SYNTAX where NOT would bind tighter than its reader thinks: `NOT a == b`.
 */
export function replaceWords(site: Site): string {
  const text = sourceOf(site);
  if (!/\b(?:AND|OR|NOT)\b/.test(text)) return text;
  const tokens = tokensOf(text);
  let result = "";
  let done = 0;
  tokens.forEach((token, index) => {
    const sign = wordSign(tokens, index);
    if (sign === undefined) return;
    if (token.text === "NOT") checkOperand(site, { tokens, index });
    result += text.slice(done, token.start) + sign;
    done = token.end;
  });
  return result + text.slice(done);
}

function wordSign(tokens: readonly Token[], index: number): string | undefined {
  const token = tokens[index];
  if (token?.kind !== "word" || isField(tokens, index)) return undefined;
  return Object.hasOwn(signs, token.text) ? signs[token.text] : undefined;
}

/** After a `.` or `.?` a word is a field. */
function isField(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  return before === "." || (before === "?" && tokens[index - 2]?.text === ".");
}

function checkOperand(
  site: Site,
  { tokens, index }: { readonly tokens: readonly Token[]; readonly index: number },
) {
  const after = tokens[afterOperand(tokens, index + 1)];
  const first = tokens[index + 1];
  const not = tokens[index];
  if (!after || !first || !not || !tighter.has(after.text)) return;
  const whole = sourceOf(site).slice(first.start, endOfOperation(tokens, index + 1));
  const offset = site.range.start;
  throw mistake("EXPRESSION_SYNTAX", {
    message: `Cannot read "NOT ${whole}": NOT stands before more than one operand`,
    fix: `write NOT (${whole})`,
    text: site.text,
    range: { start: not.start + offset, end: after.end + offset },
  });
}

/** Index after the one operand at `index`: prefixes, a group or single token, then fields, calls and indexes. */
function afterOperand(tokens: readonly Token[], index: number): number {
  let at = index;
  while (["NOT", "!", "-"].includes(textAt(tokens, at))) at++;
  at = afterGroup(tokens, at);
  for (;;) {
    if (textAt(tokens, at) === ".") at = afterDot(tokens, at);
    else if (textAt(tokens, at) === "(" || textAt(tokens, at) === "[") at = afterGroup(tokens, at);
    else return at;
  }
}

/** Index after the field of `.field` or `.?field`. */
function afterDot(tokens: readonly Token[], index: number): number {
  return index + (textAt(tokens, index + 1) === "?" ? 3 : 2);
}

/** Index after the token at `index`, or after the group that it opens. */
function afterGroup(tokens: readonly Token[], index: number): number {
  if (!Object.hasOwn(closing, textAt(tokens, index))) return index + 1;
  const open: string[] = [];
  for (let at = index; at < tokens.length; at++) {
    const text = textAt(tokens, at);
    if (Object.hasOwn(closing, text)) open.push(text);
    else if (closing[String(open.at(-1))] === text) open.pop();
    if (open.length === 0) return at + 1;
  }
  return tokens.length;
}

/** Offset where what binds tighter than AND, OR and `?:` ends. */
function endOfOperation(tokens: readonly Token[], index: number): number {
  let at = index;
  while (at < tokens.length && !looser.has(textAt(tokens, at)))
    at = textAt(tokens, at) === "." ? afterDot(tokens, at) : afterGroup(tokens, at);
  return Math.max(...tokens.slice(index, at).map(({ end }) => end));
}

function textAt(tokens: readonly Token[], index: number): string {
  const token = tokens[index];
  return token && token.kind !== "string" ? token.text : "";
}
