import type { Notifier } from "../ports/notifier.ts";
import type { Processes } from "../ports/processes.ts";
import { createCommandNotifier } from "./command.ts";
import { createDesktopNotifier } from "./desktop.ts";
import { createFileNotifier } from "./file.ts";
import { createTerminalNotifier } from "./terminal.ts";
import { createWebhookNotifier } from "./webhook.ts";

export interface NotifiersOptions {
  readonly processes: Processes;
  /** For what is started. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** That signs webhooks. */
  readonly secret: () => string | undefined;
  readonly now: () => number;
  /** To the terminal of this process; undefined: it has none. */
  readonly print: ((lines: readonly string[]) => void) | undefined;
}

/** All the ways in which people are told, by kind. */
export function createNotifiers({
  processes,
  env,
  cwd,
  secret,
  now,
  print,
}: NotifiersOptions): ReadonlyMap<Notifier["kind"], Notifier> {
  const notifiers = [
    createTerminalNotifier({ print }),
    createDesktopNotifier({ processes, env, cwd, platform: process.platform }),
    createWebhookNotifier({ secret, now }),
    createCommandNotifier({ processes, env, cwd }),
    createFileNotifier({ cwd }),
  ];
  return new Map(notifiers.map((notifier) => [notifier.kind, notifier]));
}

/** Where a desktop's notifications are reached. */
export const desktopVariables = ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];
