import { type Document, isNode, parseDocument, visit } from "yaml";
import type { Migrated } from "./migrate.ts";
import { parseText } from "./yaml-source.ts";

/** The same workflow as JSON, its keys in the same order. JSON has no comments: a note says when some are left out. */
export function migratedJson({ text, notes }: Migrated): Migrated {
  const { value } = parseText(text);
  const left = hasComments(parseDocument(text)) ? ["JSON has no comments: they are left out"] : [];
  return { text: `${JSON.stringify(value, undefined, 2)}\n`, notes: [...notes, ...left] };
}

function hasComments(document: Document.Parsed): boolean {
  let found = isSet(document);
  visit(document, (_, node) => {
    found ||= isNode(node) && isSet(node);
    return found ? visit.BREAK : undefined;
  });
  return found;
}

interface Commented {
  readonly comment?: string | null;
  readonly commentBefore?: string | null;
}

function isSet({ comment, commentBefore }: Commented): boolean {
  return Boolean(comment) || Boolean(commentBefore);
}
