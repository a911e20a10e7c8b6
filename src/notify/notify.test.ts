import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { createProcesses } from "../processes/supervisor.ts";
import { describeNotifierContract, hostileNotice } from "../testing/notifier-contract.ts";
import { temporaryFolder } from "../testing/testbed.ts";
import { createCommandNotifier } from "./command.ts";
import { createDesktopNotifier } from "./desktop.ts";
import { createFileNotifier } from "./file.ts";
import { createTerminalNotifier } from "./terminal.ts";
import { createWebhookNotifier, signatureOf } from "./webhook.ts";

const cwd = mkdtempSync(join(tmpdir(), "tutti-notify-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const processes = createProcesses();
const path = process.env["PATH"] ?? "";
const env = { PATH: path };
const pwned = (): boolean => existsSync(join(cwd, "pwned"));

let files = 0;
function newFile(): string {
  files += 1;
  return join(cwd, `out-${files}`);
}

/** A program that writes its arguments to a file. */
function fakeProgram(name: string): { readonly env: Record<string, string>; readonly file: string } {
  const bin = mkdtempSync(join(cwd, "bin-"));
  const file = newFile();
  writeFileSync(join(bin, name), `#!/bin/sh\nfor one in "$@"; do echo "[$one]" >> "${file}"; done\n`);
  chmodSync(join(bin, name), 0o755);
  return { env: { PATH: `${bin}:${path}` }, file };
}

describeNotifierContract("the terminal", () => {
  const printed: string[] = [];
  return Promise.resolve({
    notifier: createTerminalNotifier({ print: (lines) => void printed.push(...lines) }),
    good: "",
    arrived: () => Promise.resolve(printed.join("\n")),
    broken: { notifier: createTerminalNotifier({ print: undefined }), to: "" },
  });
});

for (const [platform, program] of [
  ["linux", "notify-send"],
  ["darwin", "osascript"],
] as const) {
  describeNotifierContract(
    `the desktop by ${program}`,
    () => {
      const fake = fakeProgram(program);
      return Promise.resolve({
        notifier: createDesktopNotifier({ processes, env: fake.env, cwd, platform }),
        good: "",
        arrived: () => Promise.resolve(readFileSync(fake.file, "utf8")),
        broken: {
          notifier: createDesktopNotifier({ processes, env: { PATH: "/nonexistent" }, cwd, platform }),
          to: "",
        },
      });
    },
    pwned,
  );
}

describeNotifierContract(
  "a command",
  () => {
    const file = newFile();
    const notifier = createCommandNotifier({ processes, env, cwd });
    return Promise.resolve({
      notifier,
      good: `{ echo "$TUTTI_ASK_NODE: $TUTTI_ASK_BODY"; } >> '${file}'`,
      arrived: () => Promise.resolve(readFileSync(file, "utf8")),
      broken: { notifier, to: "echo no >&2; exit 3 # token-123" },
      hidden: "token-123",
    });
  },
  pwned,
);

describeNotifierContract("a file", () => {
  const file = newFile();
  const notifier = createFileNotifier({ cwd });
  return Promise.resolve({
    notifier,
    good: file,
    arrived: () => Promise.resolve(readFileSync(file, "utf8")),
    broken: { notifier, to: "/dev/null/x" },
  });
});

describe("a notice into a file", () => {
  const notifier = createFileNotifier({ cwd });
  const tell = (to: string) => notifier.notify(hostileNotice, to);

  it.each(["../out.jsonl", "/tmp/tutti-outside.jsonl", "a/../../out", ".", "out-link/x", "gone-link"])(
    "never lies outside the project's folder: %s",
    async (to) => {
      const outside = temporaryFolder();
      for (const [name, target] of [
        ["out-link", outside],
        ["gone-link", join(outside, "made")],
      ] as const) {
        rmSync(join(cwd, name), { force: true });
        symlinkSync(target, join(cwd, name));
      }
      await expect(tell(to)).rejects.toMatchObject({ code: "NOTIFY_FAILED" });
      expect(readdirSync(outside)).toEqual([]);
    },
  );

  it("goes into a new folder of the project, and through a link that stays in it", async () => {
    mkdirSync(join(cwd, "real"), { recursive: true });
    symlinkSync(join(cwd, "real"), join(cwd, "in-link"));
    await tell("in-link/new/asks.jsonl");
    await tell("real/new/asks.jsonl");
    expect(readFileSync(join(cwd, "real/new/asks.jsonl"), "utf8").trim().split("\n")).toHaveLength(2);
  });
});

interface Got {
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** A server that gives these answers one after another, the last for ever. */
async function serve(...answers: readonly number[]): Promise<{ readonly url: string; readonly got: Got[] }> {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body });
      response.writeHead(answers[Math.min(got.length, answers.length) - 1] ?? 200, {
        location: "/elsewhere",
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=token-123`, got };
}

const webhook = { secret: () => "s3cret", now: () => Date.UTC(2026, 0, 1), pausesMs: [1, 1] };

describeNotifierContract("a webhook", async () => {
  const { url, got } = await serve(200);
  return {
    notifier: createWebhookNotifier(webhook),
    good: url,
    arrived: () => Promise.resolve(got.map(({ body }) => body).join("\n")),
    broken: { notifier: createWebhookNotifier(webhook), to: "http://127.0.0.1:9/hook?key=token-123" },
    hidden: "token-123",
  };
});

describe("a webhook", () => {
  it("is signed over its time and body, so that the receiver can check both", async () => {
    const { url, got } = await serve(204);
    await createWebhookNotifier(webhook).notify(hostileNotice, url);
    const [{ headers, body } = { headers: {}, body: "" }] = got;
    const timestamp = "1767225600";
    expect(headers["x-tutti-timestamp"]).toBe(timestamp);
    expect(headers["x-tutti-signature"]).toBe(signatureOf(body, { secret: "s3cret", timestamp }));
    expect(headers["x-tutti-id"]).toBe(encodeURIComponent(hostileNotice.id));
    expect(JSON.parse(body)).toEqual(hostileNotice);
  });

  it("is not signed without a secret", async () => {
    const { url, got } = await serve(200);
    await createWebhookNotifier({ ...webhook, secret: () => undefined }).notify(hostileNotice, url);
    expect(got[0]?.headers).not.toHaveProperty("x-tutti-signature");
  });

  it("is tried three times while the server is in trouble, and not again once it said yes", async () => {
    const late = await serve(500, 429, 200);
    await createWebhookNotifier(webhook).notify(hostileNotice, late.url);
    expect(late.got).toHaveLength(3);
    const never = await serve(503);
    await expect(createWebhookNotifier(webhook).notify(hostileNotice, never.url)).rejects.toThrow(
      "the server answered 503",
    );
    expect(never.got).toHaveLength(3);
  });

  it("is tried once when the server refuses it or sends it elsewhere", async () => {
    for (const status of [403, 307]) {
      const { url, got } = await serve(status);
      await expect(createWebhookNotifier(webhook).notify(hostileNotice, url)).rejects.toThrow(String(status));
      expect(got).toHaveLength(1);
    }
  });

  it("refuses what is no http URL, and one that names a user", async () => {
    for (const url of ["file:///etc/passwd", "nowhere", "http://ann:token-123@127.0.0.1/"]) {
      await expect(createWebhookNotifier(webhook).notify(hostileNotice, url)).rejects.toThrow("no http URL");
    }
  });

  it("gives up a server that does not answer", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const hasty = createWebhookNotifier({ ...webhook, timeoutMs: 50, pausesMs: [] });
    await expect(hasty.notify(hostileNotice, url)).rejects.toThrow("it did not answer in time");
  });
});
