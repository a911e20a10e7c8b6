import type { Notice, Notifier } from "../ports/notifier.ts";
import { bodyOf, notifyFailed, plain, titleOf } from "./words.ts";

/** A bell and a line or two, the last of them whole in itself: a live view shows no more. `print` writes them to the terminal of this process; absent: it has none. */
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
      const [asked = "", answer = ""] = bodyOf(notice).split("\n");
      const report =
        notice.report === undefined ? [] : [`handed over, with a report: ${plain(notice.report)}`];
      print([...report, `${titleOf(notice)}: ${asked}   ${answer}`]);
    },
  };
}
