import type { Notice, Notifier } from "../ports/notifier.ts";
import { bodyOf, notifyFailed, titleOf } from "./words.ts";

/** A bell and some lines. `print` writes them to the terminal of this process; absent: it has none. */
export function createTerminalNotifier({
  print,
}: {
  readonly print: ((lines: readonly string[]) => void) | undefined;
}): Notifier {
  return {
    kind: "terminal",
    async notify(notice: Notice) {
      if (!print) {
        throw notifyFailed("terminal", "this process has none", "pass `onNotice` where tutti is opened");
      }
      print([titleOf(notice), ...bodyOf(notice).split("\n")]);
    },
  };
}
