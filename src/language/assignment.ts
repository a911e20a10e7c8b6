/**
 * A Python or TypeScript snippet that gives one object literal a name (`flow = {…}`, `const x = new Y({…})`) as YAML
 * sees it: the literal alone, all else replaced by blanks, so that every place stays. Any other text comes back as it
 * is. `more`: where a second literal begins, when there is one.
 */
export function literalOf(text: string): { readonly text: string; readonly more?: number } {
  const first = beginning.exec(text);
  if (!first) return { text };
  const open = first[0].length - 1;
  const literal = scanLiteral(text, open);
  if (!literal) return { text };
  const rest = text.slice(literal.end);
  const second = /^\s*(?:(?:export\s+)?(?:const|let|var)\s+)?\w+\s*=\s*(?:new\s+)?(?:\w+\(\s*)?\{/m.exec(
    rest,
  );
  const shown = blank(text.slice(0, open)) + literal.text + blank(rest);
  return { text: shown, ...(second ? { more: literal.end + second.index + second[0].search(/\S/) } : {}) };
}

const beginning =
  /^(?:\s|#[^\n]*\n|\/\/[^\n]*\n)*(?:(?:export\s+)?(?:const|let|var)\s+\w+\s*(?::\s*\w+\s*)?|[A-Za-z_]\w*\s*)=\s*(?:new\s+)?(?:\w+\(\s*)?\{/;

interface Literal {
  readonly text: string;
  readonly end: number;
}

/** The literal that opens here, comments of TypeScript blanked; undefined when it does not end. */
function scanLiteral(text: string, open: number): Literal | undefined {
  const token = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|#[^\n]*|[{}[\]]|[^"'/#{}[\]]+|[^]/gy;
  token.lastIndex = open;
  let depth = 0;
  let out = "";
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [part] = match;
    out += part.startsWith("//") ? blank(part) : part;
    if (part === "{" || part === "[") depth++;
    else if (part === "}" || part === "]") depth--;
    if (depth === 0) return { text: out, end: token.lastIndex };
  }
  return undefined;
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}
