import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** Whether this machine has a terminal to test with. */
export const hasTmux = spawnSync("tmux", ["-V"]).status === 0;

let sessions = 0;

/** A real terminal (tmux) with a shell in it, closed when the test has ended. */
export class TmuxTerminal {
  readonly #socket = `tutti-test-${process.pid}-${(sessions += 1)}`;

  constructor(options: {
    readonly cwd: string;
    readonly columns: number;
    readonly rows: number;
    readonly env?: Readonly<Record<string, string>>;
  }) {
    const { cwd, columns, rows, env = {} } = options;
    const variables = Object.entries({ LC_ALL: "C.UTF-8", PS1: "$ ", ...env }).map(
      ([key, value]) => `${key}=${value}`,
    );
    this.#tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-x",
      `${columns}`,
      "-y",
      `${rows}`,
      "-c",
      cwd,
      "env",
      ...variables,
      "sh",
    );
    onTestFinished(() => this.kill());
  }

  /** Types a line, and Enter. */
  type(line: string): void {
    this.#tmux("send-keys", "-l", line);
    this.keys("Enter");
  }

  keys(...keys: readonly string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** What can be seen now; with `colours`, with its escape sequences. */
  screen({ colours = false }: { readonly colours?: boolean } = {}): string {
    return this.#tmux("capture-pane", "-p", ...(colours ? ["-e"] : []));
  }

  /** Waits until the screen is as wanted, and gives it. */
  async until(wanted: (screen: string) => boolean, what: string): Promise<string> {
    const limit = AbortSignal.timeout(20_000);
    for (;;) {
      const screen = this.screen();
      if (wanted(screen)) return screen;
      if (limit.aborted) throw new Error(`the terminal never shows ${what}; it shows:\n${screen}`);
      await delay(50);
    }
  }

  shows(text: string): Promise<string> {
    return this.until((screen) => screen.includes(text), JSON.stringify(text));
  }

  /** The terminal goes away, as when a window is closed. */
  kill(): void {
    spawnSync("tmux", ["-L", this.#socket, "kill-server"]);
  }

  #tmux(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync("tmux", ["-L", this.#socket, ...args], { encoding: "utf8" });
    if (status !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  }
}
