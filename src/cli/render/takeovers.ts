import type { Event } from "../../core/events.ts";

/**
 * Which fallbacks run: in a block that has stopped none is begun any more, whatever fails there later. Pass it every event
 * in order.
 */
export class Takeovers {
  readonly #stopped = new Set<string>();
  readonly #taken = new Set<string>();

  hear(event: Event): void {
    switch (event.type) {
      case "run.restarted":
        this.#stopped.clear();
        this.#taken.clear();
        return;
      case "join.missed":
      case "join.reached":
      case "time.up":
        this.#stopped.add(event.address);
        return;
      case "branch.decided":
        // the way that failed has stopped nothing
        if (event.after && event.way !== null) this.#stopped.delete(event.address);
        return;
      case "run.control":
        if (event.verb === "cancel") this.#stopped.add("");
        return;
      case "node.ended":
        if (!event.address.endsWith("~undo")) this.#end(event);
        return;
      default:
    }
  }

  /** True when the fallback of a step that just failed runs in its place. */
  takesOver(address: string, fallback: string): boolean {
    return this.#taken.has(beside(address, fallback));
  }

  #end({ address, end, tolerated }: Extract<Event, { type: "node.ended" }>): void {
    const isFailure = end === "cancelled" || (end === "failed" && tolerated === undefined);
    if (isFailure) this.#stopped.add(holderOf(address));
    if (typeof tolerated === "object" && !this.#isStopped(holderOf(address)))
      this.#taken.add(beside(address, tolerated.fallback));
  }

  /** A block stops with the one around it. */
  #isStopped(holder: string): boolean {
    if (this.#stopped.size === 0) return false;
    for (let at = holder; at !== ""; at = holderOf(at)) if (this.#stopped.has(at)) return true;
    return this.#stopped.has("");
  }
}

/** What holds an item, a round or a step. A key of an item may hold a slash. */
function holderOf(address: string): string {
  const last = /(?:\/?[\w-]+|\[[^\]]*\]|#\d+)$/.exec(address);
  return address.slice(0, last?.index ?? 0);
}

function beside(address: string, name: string): string {
  return address.slice(0, address.lastIndexOf("/") + 1) + name;
}
