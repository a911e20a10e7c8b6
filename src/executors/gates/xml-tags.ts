/** A start or an end of an element; one that is empty gives both. */
export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly isEnd: boolean;
}

const name = String.raw`[A-Za-z_:][-\w:.]*`;
/** Comments, CDATA, instructions and the document type; then a tag. Each part ends at a fixed text: no backtracking. */
const piece = new RegExp(
  String.raw`<!--|<!\[CDATA\[|<\?|<!|<(\/?)(${name})((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>`,
  "g",
);
const attribute = new RegExp(String.raw`(${name})\s*=\s*(?:"([^"]*)"|'([^']*)')`, "g");
const endOf: Readonly<Record<string, string>> = { "<!--": "-->", "<![CDATA[": "]]>", "<?": "?>", "<!": ">" };

/**
 * The tags of an XML document, in order. Enough for reports that programs write: entities are those five of XML, nothing
 * outside the document is read. Throws an Error for a document that is not well-formed where its tags are concerned.
 */
export function* tagsOf(text: string): Generator<Tag> {
  const open: string[] = [];
  let ended = false;
  let at = 0;
  for (;;) {
    at = text.indexOf("<", at);
    if (at < 0) break;
    const skipped = pastOther(text, at);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const tag = tagAt(text, at);
    at = tag.end;
    if (ended) throw new Error("something follows its outermost element");
    yield* opened(open, tag);
    ended = open.length === 0;
  }
  if (!ended)
    throw new Error(open.length > 0 ? `it ends in the middle: <${open.at(-1)}> is open` : "it holds no XML");
}

/** Where a comment, CDATA, instruction or document type that begins here ends. */
function pastOther(text: string, at: number): number | undefined {
  const start = Object.keys(endOf).find((each) => text.startsWith(each, at));
  if (start === undefined) return undefined;
  const end = text.indexOf(endOf[start] ?? ">", at + start.length);
  if (end < 0) throw new Error(`it ends in the middle of ${start}`);
  return end + (endOf[start]?.length ?? 0);
}

interface Read {
  readonly name: string;
  readonly isEnd: boolean;
  readonly isEmpty: boolean;
  readonly attributes: ReadonlyMap<string, string>;
  readonly end: number;
}

function tagAt(text: string, at: number): Read {
  piece.lastIndex = at;
  const match = piece.exec(text);
  if (match?.index !== at || match[2] === undefined)
    throw new Error(`it is not well-formed at character ${at}`);
  const [whole, slash, tagName, rest = ""] = match;
  const attributes = new Map<string, string>();
  for (const [, key = "", double, single] of rest.matchAll(attribute))
    attributes.set(key, plain(double ?? single ?? ""));
  return {
    name: tagName,
    isEnd: slash === "/",
    isEmpty: rest.trimEnd().endsWith("/"),
    attributes,
    end: at + whole.length,
  };
}

function* opened(open: string[], { name: tagName, isEnd, isEmpty, attributes }: Read): Generator<Tag> {
  if (isEnd) {
    if (open.pop() !== tagName) throw new Error(`</${tagName}> ends what is not open`);
    yield { name: tagName, attributes, isEnd: true };
    return;
  }
  yield { name: tagName, attributes, isEnd: false };
  if (isEmpty) yield { name: tagName, attributes, isEnd: true };
  else open.push(tagName);
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function plain(value: string): string {
  return value.replaceAll(/&(lt|gt|quot|apos|amp);/g, (whole, key: string) => entities[key] ?? whole);
}
