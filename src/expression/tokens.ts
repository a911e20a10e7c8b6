/** A word, number, string or sign of a CEL text. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "sign";
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** A string that is not closed. */
  readonly open?: boolean;
}

const blank = /(?:[ \t\r\n]|\/\/[^\n]*)+/y;
const plain = /([A-Za-z_]\w*)|(\d[\w.]*)|(?:==|!=|<=|>=|&&|\|\||[\s\S])/y;

/** The token at or after `at`; blanks and `//` comments are passed over. Nothing at the end of the text. */
export function tokenAt(text: string, at: number): Token | undefined {
  blank.lastIndex = at;
  const start = blank.test(text) ? blank.lastIndex : at;
  if (start >= text.length) return undefined;
  if (text[start] === '"' || text[start] === "'") return stringAt(text, start);
  plain.lastIndex = start;
  const match = plain.exec(text);
  const found = String(match?.[0]);
  const kind = wordOrNumber(match);
  return { kind, start, end: start + found.length, text: found };
}

function wordOrNumber(match: RegExpExecArray | null): Token["kind"] {
  if (match?.[1] !== undefined) return "word";
  return match?.[2] === undefined ? "sign" : "number";
}

function stringAt(text: string, start: number): Token {
  const quote = text.charAt(start);
  const triple = text.startsWith(quote.repeat(3), start);
  const close = triple ? quote.repeat(3) : quote;
  for (let at = start + close.length; at < text.length; at++) {
    if (text.startsWith(close, at)) return stringToken(text, { start, end: at + close.length });
    if (text[at] === "\\") at++;
    else if (!triple && text[at] === "\n") return { ...stringToken(text, { start, end: at }), open: true };
  }
  return { ...stringToken(text, { start, end: text.length }), open: true };
}

function stringToken(text: string, { start, end }: { readonly start: number; readonly end: number }): Token {
  return { kind: "string", start, end, text: text.slice(start, end) };
}

/** All tokens of a text. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let token = tokenAt(text, 0);
  while (token) {
    tokens.push(token);
    token = tokenAt(text, token.end);
  }
  return tokens;
}

/**
 * The end of an expression that is closed by `close` ("}" or "}}") outside of its own braces and strings: the
 * offset of `close`. Nothing when it is not closed.
 */
export function endOfExpression(text: string, start: number, close: "}" | "}}"): number | undefined {
  let depth = 0;
  let token = tokenAt(text, start);
  while (token && token.open !== true) {
    if (token.text === "{") depth++;
    if (token.text === "}" && depth > 0) depth--;
    else if (depth === 0 && text.startsWith(close, token.start)) return token.start;
    token = tokenAt(text, token.end);
  }
  return undefined;
}
