import type { Reason } from "../../core/why-text.ts";
import type { Shown } from "./out.ts";
import { numberText, withLocalTimes } from "./words.ts";

/** So many nodes are told that wait, and so many that go no further. */
const mostWaiting = 50;
const mostOver = 10;

/** What the nodes of a run wait for, a line each; of very many the first, and how many there are besides. */
export function reasonLines(reasons: readonly Reason[], runId: string): Shown[] {
  const waiting = reasons.filter((reason) => !isOver(reason));
  const over = reasons.filter(isOver);
  const shown = new Set([...waiting.slice(0, mostWaiting), ...over.slice(0, mostOver)]);
  const left = reasons.length - shown.size;
  return [
    ...reasons.filter((reason) => shown.has(reason)).flatMap(linesOf),
    ...(left > 0 ? [`  … and ${numberText(left)} more: tutti why ${runId} --json`] : []),
  ];
}

const ended = /^nothing: /;

/** What waits for nothing will not go on by itself. */
export function isOver({ waitsFor }: Reason): boolean {
  return ended.test(waitsFor);
}

/** One reason on one line, with whom it is about before all else. */
export function reasonLine(reason: Reason): Shown {
  const { address } = reason;
  const name = address === "" ? "the run" : address;
  return ["  ", { text: name, bold: true }, withLocalTimes(` ${textOf(reason)}`)];
}

function linesOf(reason: Reason): Shown[] {
  const { fix } = reason;
  return [reasonLine(reason), ...(fix === undefined ? [] : [`    fix: ${fix}`])];
}

function textOf(reason: Reason): string {
  const { waitsFor, working } = reason;
  if (isOver(reason)) return `goes no further: ${waitsFor.replace(ended, "")}`;
  if (working === "now") return `is at work: ${waitsFor}`;
  if (working === "interrupted") return `was at work when its process ended: ${waitsFor}`;
  return `waits for ${waitsFor}`;
}
