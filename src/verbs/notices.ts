import { TuttiError } from "../errors.ts";
import type { Escalation } from "../language/asking.ts";
import type { Notice, Notifier } from "../ports/notifier.ts";
import { fillSecrets } from "./fill-secrets.ts";
import type { Parts } from "./parts.ts";

/** A way to tell people that needs nothing written first. */
export type Channel = Exclude<Escalation["notify"], "handover">;

/** Tells people in the way that a workflow says; texts may hold markers of secrets of the run with this seed. */
export function sendNotice(
  parts: Parts,
  notice: Notice,
  { channel, seed }: { readonly channel: Channel; readonly seed: string },
): Promise<void> {
  if (typeof channel === "string") return notifierOf(parts, channel).notify(notice, "");
  if ("webhook" in channel) {
    const url = fillSecrets(parts, { seed, text: channel.webhook, what: "call the webhook" });
    return notifierOf(parts, "webhook").notify(notice, url);
  }
  if ("command" in channel) return notifierOf(parts, "command").notify(notice, channel.command);
  return notifierOf(parts, "file").notify(notice, channel.file);
}

function notifierOf({ notifiers }: Parts, kind: Notifier["kind"]): Notifier {
  const found = notifiers.get(kind);
  if (found) return found;
  throw new TuttiError("NOTIFY_FAILED", `Cannot tell anybody: there is no notifier "${kind}" here`, {
    fix: "name another way to tell people",
  });
}
