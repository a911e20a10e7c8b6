import type { Event } from "./events.ts";
import { nextEscalation } from "./escalation.ts";
import type { NodeState } from "./node.ts";
import type { Broken } from "./unsoundness.ts";

/** What is broken by an event of a node that asks people: it asks once, and is answered and escalated in turn. */
export function brokenAsk(node: NodeState, event: Event): Broken | undefined {
  switch (event.type) {
    case "ask.started":
      return brokenQuestion(node, event.call);
    case "retry.scheduled":
      return brokenCall(node, event.decided?.id);
    case "ask.answered":
      return asks(node) ? undefined : broken(`"${node.address}" is answered and does not ask`);
    case "ask.escalated":
      return nextEscalation(node)?.level === event.level
        ? undefined
        : broken(
            `"${node.address}" is escalated to level ${event.level} from ${node.ask?.level ?? "nowhere"}`,
          );
    case "ask.told":
      return isOwed(node, event.level)
        ? undefined
        : broken(`level ${event.level} of "${node.address}" is told and was not owed`);
    default:
      return undefined;
  }
}

function brokenQuestion({ ask, address, outcome }: NodeState, call: string | undefined): Broken | undefined {
  if (ask) return broken(`"${address}" asks again`);
  const isOfAgent = call === undefined || outcome?.deferred?.id === call;
  return isOfAgent ? undefined : broken(`"${address}" asks about a call that no agent stopped before`);
}

function brokenCall({ ask, address }: NodeState, decided: string | undefined): Broken | undefined {
  if (decided === undefined || ask?.call === decided) return undefined;
  return broken(`"${address}" goes on with a call that nobody was asked about`);
}

function isOwed({ ask }: NodeState, level: number): boolean {
  return ask?.untold?.some((one) => one.level === level) ?? false;
}

function asks({ ask, phase }: NodeState): boolean {
  return ask !== undefined && phase === "waiting";
}

function broken(message: string): Broken {
  return { rule: "people are asked before they answer", message };
}
