import type { NodeView } from "../../core/view.ts";
import type { Shown } from "./out.ts";
import { dateTimeText } from "./words.ts";

/** How far a question to people is, in a few words; empty for what asks nobody and when there is nothing to add. */
export function askFact({ ask, status }: NodeView): string {
  if (!ask || status !== "waiting") return "";
  const { answers, quorum, level, levels } = ask;
  const facts = [
    quorum > 1 ? `${answers.length} of ${quorum} approved` : "",
    level > 0 ? `escalated, level ${level} of ${levels}` : "",
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
}

/** Who may answer, and what everybody said. */
export function askLines({ ask }: NodeView): Shown[] {
  if (!ask) return [];
  const { by, quorum, answers, askedAt, kind } = ask;
  const who = by.length > 0 ? by.join(", ") : "anybody";
  const many = quorum > 1 ? `, ${quorum} of them` : "";
  const said = answers.map(({ value, by: name = "nobody before the deadline", reason }) => {
    const answer = kind === "approval" ? (value === true ? "yes" : "no") : JSON.stringify(value);
    return `  ${name}: ${answer}${reason === undefined ? "" : `: ${reason}`}`;
  });
  return [`  asked ${dateTimeText(askedAt)}, may be answered by ${who}${many}`, ...said];
}
