import type { Notice, Notifier } from "../ports/notifier.ts";
import type { Processes } from "../ports/processes.ts";
import { bodyOf, notifyFailed, titleOf } from "./words.ts";

export interface DesktopOptions {
  readonly processes: Processes;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

/** The texts come as arguments: nothing of a notice is ever part of the script. */
const appleScript = `on run argv
  display notification (item 2 of argv) with title (item 1 of argv) sound name "Ping"
end run`;

/** The desktop's own notifications: `notify-send`, on macOS `osascript`. */
export function createDesktopNotifier({ processes, env, cwd, platform }: DesktopOptions): Notifier {
  return {
    kind: "desktop",
    async notify(notice) {
      const { file, args } = programFor(platform, notice);
      const result = await processes.run({
        file,
        args,
        cwd,
        env,
        signal: AbortSignal.timeout(20_000),
        timeoutMs: 10_000,
        keepBytes: 2000,
      });
      if (result.exitCode === 0) return;
      const why = result.error ?? (result.stderr.trim() || `${file} ended by ${result.ended}`);
      throw notifyFailed("desktop", why, fixFor(platform));
    },
  };
}

function programFor(
  platform: NodeJS.Platform,
  notice: Notice,
): { readonly file: string; readonly args: readonly string[] } {
  const title = titleOf(notice);
  const body = bodyOf(notice);
  if (platform === "darwin") return { file: "osascript", args: ["-e", appleScript, title, body] };
  return { file: "notify-send", args: ["--app-name=tutti", "--", title, withoutMarkup(body)] };
}

/** A notification's body may hold markup. */
function withoutMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function fixFor(platform: NodeJS.Platform): string {
  return platform === "darwin"
    ? "allow notifications of the terminal in the system settings, or notify otherwise"
    : "install notify-send (package libnotify-bin) and run tutti in a desktop session, or notify otherwise";
}
