import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { bin } from "../program.ts";

/** How one call of the real program ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Goes to standard input, which then ends. */
  readonly input?: string;
}

/** A folder with files, where the program is called; removed when the test has ended. */
export class Project {
  readonly dir = mkdtempSync(join(tmpdir(), "tutti-cli-"));

  /** `keep`: somebody else calls `remove`. */
  constructor(files: Readonly<Record<string, string>> = {}, { keep = false } = {}) {
    mkdirSync(join(this.dir, ".git"));
    this.write(files);
    if (!keep) onTestFinished(() => this.remove());
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = this.path(path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  path(path: string): string {
    return join(this.dir, path);
  }

  /** Calls the program and waits for its end. */
  call(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
    return this.begin(args, options).ended;
  }

  /** Calls the program with `--json`; every line of its standard output must be JSON. */
  async json(
    args: readonly string[],
    options: CallOptions = {},
  ): Promise<Ended & { readonly values: Values }> {
    const ended = await this.call([...args, "--json"], options);
    return { ...ended, values: jsonLines(ended.stdout) };
  }

  begin(args: readonly string[], options: CallOptions = {}): Call {
    return new Call(this.dir, args, options);
  }
}

type Values = readonly Record<string, unknown>[];

/** The values of a text that holds one JSON value a line and nothing else. */
export function jsonLines(text: string): Values {
  return text
    .split("\n")
    .filter((line, index, all) => line !== "" || index < all.length - 1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A call that may go on while the test does something. */
export class Call {
  readonly ended: Promise<Ended>;
  readonly child: ChildProcess;
  #stdout = "";
  #stderr = "";
  readonly #listeners = new Set<() => void>();

  constructor(cwd: string, args: readonly string[], { env = {}, input }: CallOptions) {
    this.child = spawn(process.execPath, [bin, ...args], {
      cwd,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: "/nobody-lives-here",
        LANG: "C.UTF-8",
        TZ: "UTC",
        ...env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { stdin, stdout, stderr } = this.child;
    stdout?.setEncoding("utf8").on("data", (text: string) => this.#take((this.#stdout += text)));
    stderr?.setEncoding("utf8").on("data", (text: string) => this.#take((this.#stderr += text)));
    stdin?.on("error", () => {});
    stdin?.end(input ?? "");
    this.ended = new Promise((resolve) => {
      this.child.on("close", (status) => resolve({ status, stdout: this.#stdout, stderr: this.#stderr }));
    });
    // A test that failed before the end leaves nothing behind.
    onTestEnd(() => this.child.kill("SIGKILL"));
  }

  get printed(): string {
    return this.#stdout + this.#stderr;
  }

  /** Resolves when this has been printed, on either stream; rejects when the call ends before. */
  async until(text: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (!this.printed.includes(text)) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
    const gone = this.ended.then(() => {
      if (!this.printed.includes(text)) throw new Error(`It ended without "${text}":\n${this.printed}`);
    });
    await Promise.race([seen, gone]);
  }

  #take(_: string): void {
    for (const look of this.#listeners) look();
  }
}

/** A workflow of one step for each shell line, one after another: `a`, `b`, … */
export function chainOf(...lines: readonly string[]): string {
  const steps = lines.map((run, index) => ({ name: String.fromCharCode(97 + index), run }));
  return JSON.stringify({ chain: { steps } });
}

/** Outside of a test (in `beforeAll`) calls are waited for. */
function onTestEnd(clean: () => void): void {
  try {
    onTestFinished(clean);
  } catch {
    // there is no current test
  }
}
