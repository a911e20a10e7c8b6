import type { CoreDriver } from "./core-driver.ts";
import { same } from "./same.ts";

/** The life that has just begun goes on with the runs inside that its restart left, whatever has become of them. */
export function finishWithSameChildren(driver: CoreDriver): void {
  const before = new Map(driver.state.children);
  const length = driver.events.length;
  driver.finish();
  for (const event of driver.events.slice(length)) {
    if (event.type !== "attempt.started" || event.attempt > 1 || event.request.kind !== "workflow") continue;
    const { id = event.request.child } = before.get(event.address) ?? {};
    same(event.request.child, id, `${event.address} is done by the same run`);
  }
}
