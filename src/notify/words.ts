import { messageOf, TuttiError } from "../errors.ts";
import type { Notice } from "../ports/notifier.ts";

/** `approval in deploy: prod/ship` */
export function titleOf({ kind, runName, address }: Notice): string {
  return plain(`${kind} in ${runName}: ${address}`);
}

/** What is asked, and what to type. */
export function bodyOf({ text, lines, report }: Notice): string {
  const asked = plain(text);
  const shown = asked.length > 500 ? `${asked.slice(0, 500)}…` : asked;
  return [shown, ...lines.slice(0, 2), ...(report === undefined ? [] : [`report: ${report}`])]
    .map(plain)
    .join("\n");
}

/** Without line breaks and control characters, directions of writing among them. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

/** A notification that did not reach its place. */
export function notifyFailed(kind: string, cause: unknown, fix: string): TuttiError {
  return new TuttiError("NOTIFY_FAILED", `Cannot tell it by ${kind}: ${plain(messageOf(cause))}`, {
    fix,
    cause,
  });
}
