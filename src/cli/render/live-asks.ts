import type { AskView, NodeView, RunView } from "../../core/view.ts";
import { numberText, oneLine } from "./words.ts";

/** True for an approval that this person can give or refuse now. */
export function mayApprove({ ask, status }: NodeView, person: string | undefined): boolean {
  if (ask?.kind !== "approval" || status !== "waiting") return false;
  if (person === undefined) return true;
  const isAsked = ask.by.length === 0 || ask.by.includes(person);
  return isAsked && ask.answers.every(({ by }) => by !== person);
}

/** What people are asked, and who of them, on one line. */
export function askedText({ text, gate, by, quorum, answers }: AskView): string {
  const ofGate = gate === undefined ? "" : `gate "${gate}": `;
  const many = quorum > 1 ? ` (${answers.length} of ${quorum} so far)` : "";
  return oneLine(`${ofGate}${text}${by.length > 0 ? ` by ${by.join(", ")}` : ""}${many}`);
}

/**
 * The command line that answers what is selected, or else what asks first; nothing for what a key answers (`byKey`).
 */
export function askLineOf(
  { id, nodes }: RunView,
  { selected, byKey }: { readonly selected: string | undefined; readonly byKey: string | undefined },
): string | undefined {
  const open = nodes.filter(
    ({ ask, status, address }) => ask?.line !== undefined && status === "waiting" && address !== byKey,
  );
  const first = open.find(({ address }) => address === selected) ?? open[0];
  if (!first) return undefined;
  const more = open.length > 1 ? `   (${numberText(open.length - 1)} more: tutti asks ${id})` : "";
  return oneLine(`${first.address} asks: ${first.ask?.line ?? ""}${more}`);
}
