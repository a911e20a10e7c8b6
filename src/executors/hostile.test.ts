import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFunctionExecutor } from "./function/function.ts";
import { createHttpExecutor } from "./http/http.ts";
import { gateCheckers } from "./gates/gates.ts";
import { createPerformer } from "./perform.ts";
import { createShellExecutor } from "./shell/shell.ts";
import { secretMarker } from "../core/effects.ts";
import type { EffectPolicy, Request } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
import { asText } from "../expression/json.ts";
import type { Json } from "../expression/json.ts";
import type { Executor } from "../ports/executor.ts";
import { createProcesses } from "../processes/supervisor.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";
import { testPolicy } from "../testing/task-context.ts";

/**
 * What a model, a file name or a server may put into a value. Each travels through every executor, from the request
 * to the outcome, and has to come out as it went in; the directory it travels in has to stay empty.
 */
const hostile: Readonly<Record<string, string>> = {
  "double quotes": '"; touch pwned; echo "',
  "single quotes": "'; touch pwned; echo '",
  "a command substitution": "$(touch pwned)",
  backticks: "`touch pwned`",
  "a variable": "$HOME ${PATH} $0 $$",
  "an arithmetic expansion": "$((1+1)) $[1+1]",
  "a process substitution": "<(touch pwned) >(touch pwned)",
  newlines: "a\nb\n\ntouch pwned\n#",
  "carriage returns": "a\rb\r\ntouch pwned",
  "separators and pipes": "; touch pwned & touch pwned | touch pwned && touch pwned",
  redirections: "> pwned 2>&1 < /etc/passwd",
  "an option": "--help -rf -c",
  globs: "* ? [a-z] {a,b} ~ !! !$",
  "a way up": "../../../../etc/passwd",
  "an absolute path": "/etc/passwd",
  "terminal sequences": "\u001b[2J\u001b[31mred\u001b]0;title\u0007\u009b1m",
  "backspaces and bells": "safe\b\b\b\bevil\u0007",
  "a text direction change": "file\u202egnp.exe\u2066",
  HTML: '<script>alert(1)</script><img src=x onerror="x">',
  "a template": "${{ secrets.KEY }} ${secrets.KEY} {{x}}",
  "a backslash": "a\\nb\\",
  "an exported function": "() { :; }; touch pwned",
  "lone surrogates made well": "\ud83d\udca9 \ufffd",
  "a byte order mark inside": "a\ufeffb",
  "a prototype": '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
  "a large text": "0123456789".repeat(10_000),
};

const cwd = mkdtempSync(join(tmpdir(), "tutti-hostile-"));
const store = createMemoryStore({ clock: createFakeClock() });
const processes = createProcesses();
const seed = "5eed";
const executors = [
  createShellExecutor({ processes }),
  createHttpExecutor(),
  createFunctionExecutor({
    echo: (args) => args,
    fail: (args) => {
      throw new Error(JSON.stringify(args) + asText(args));
    },
  }),
] as readonly Executor[];
const performer = createPerformer({
  executors: new Map(executors.map((executor) => [executor.kind, executor])),
  gates: gateCheckers({ processes }),
  artifacts: store.artifacts,
  cache: store.cache,
  clock: createFakeClock(),
  cwd,
  baseEnv: { PATH: process.env["PATH"] ?? "" },
  secrets: (name) => ({ KEY: "s3cr3t-value" })[name],
});

const server = createServer((request, response) => {
  void textOf(request).then((body) => {
    if (request.url === "/bytes") return response.end(Buffer.of(0x61, 0xff, 0xc3, 0x28, 0x00, 0x62));
    return response.end(
      JSON.stringify({ body, url: request.url, header: request.headers["x-value"] ?? null }),
    );
  });
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(cwd, { recursive: true, force: true });
});

function perform(
  request: Request,
  change: { policy?: Partial<EffectPolicy>; address?: string } = {},
): Promise<Outcome> {
  const { policy = {}, address = "step" } = change;
  return performer(
    {
      type: "perform",
      id: `${address}#1`,
      address,
      attempt: 1,
      request,
      policy: { ...testPolicy, ...policy },
    },
    {
      runId: "r1",
      runName: "hostile",
      seed,
      signal: new AbortController().signal,
      print: () => {},
      stage: () => {},
    },
  );
}

function run(line: string, values: Readonly<Record<string, string>> = {}): Request {
  return { kind: "run", shell: { line, values } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("hostile values are inert:", () => {
  for (const [name, value] of Object.entries(hostile)) {
    describe(`a value with ${name},`, () => {
      it("in a shell line's values", async () => {
        const outcome = await perform(run('printf "%s" "$V" | base64 | tr -d "\\n"', { V: value }));
        expect(Buffer.from(outcome.stdout ?? "", "base64").toString()).toBe(value);
        expect(readdirSync(cwd)).toEqual([]);
      });

      it("in a step's environment and address", async () => {
        const request = run('printf "%s\\0%s" "$V" "$TUTTI_STEP" | base64 | tr -d "\\n"');
        const outcome = await perform(request, { policy: { env: { V: value } }, address: value });
        expect(Buffer.from(outcome.stdout ?? "", "base64").toString()).toBe(`${value}\0${value}`);
        expect(readdirSync(cwd)).toEqual([]);
      });

      it("as what a program prints", async () => {
        const outcome = await perform(run('printf "%s\\n" "$V"', { V: value }));
        expect(outcome).toMatchObject({ ok: true, stdout: value });
        expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
        expect({}).not.toHaveProperty("polluted");
      });

      it("as what a failing program prints: its message moves no cursor", async () => {
        const { failure } = await perform(run('printf "%s\\n" "$V" >&2; exit 1', { V: value }));
        expect(failure?.code).toBe("COMMAND_FAILED");
        expect(failure?.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\u2066]/);
        expect(failure?.message.length).toBeLessThan(3000);
      });

      it("in an http call's body and query, and as an answer", async () => {
        const url = `${origin}/?q=${encodeURIComponent(value.slice(0, 1000))}`;
        const outcome = await perform({ kind: "http", method: "POST", url, headers: {}, body: { value } });
        const answer = outcome.output as { body: string; url: string };
        expect(JSON.parse(answer.body)).toEqual({ value });
        expect(new URL(answer.url, origin).searchParams.get("q")).toBe(value.slice(0, 1000));
      });

      it("in an http header: sent as it is, or refused", async () => {
        const headers = { "X-Value": value.slice(0, 1000) };
        const outcome = await perform({ kind: "http", method: "GET", url: origin, headers });
        const { ok, failure } = outcome;
        expect([
          [true, undefined],
          [false, "BAD_VALUE"],
        ]).toContainEqual([ok, failure?.code]);
      });

      it("as an http URL or method: called as a URL, or refused", async () => {
        const refused = { ok: false, failure: { code: "BAD_VALUE" } };
        expect(await perform({ kind: "http", method: "GET", url: value, headers: {} })).toMatchObject(
          refused,
        );
        expect(await perform({ kind: "http", method: value, url: origin, headers: {} })).toMatchObject(
          refused,
        );
      });

      it("in a function's arguments, result and error", async () => {
        const args: Json = { [value]: [value] };
        expect((await perform({ kind: "function", function: "echo", args })).output).toEqual(args);
        const { failure } = await perform({ kind: "function", function: "fail", args: value });
        expect(failure?.message).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\u2066]/);
      });

      it("as a function's name or a directory", async () => {
        const unknown = await perform({ kind: "function", function: value, args: null });
        expect(unknown.failure?.code).toBe("UNKNOWN_FUNCTION");
        expect(unknown.failure?.message.length).toBeLessThan(300);
        const outside = await perform({ ...run("touch pwned"), cwd: value } as Request);
        expect(outside.failure?.code).toBe("BAD_VALUE");
        expect(readdirSync(cwd)).toEqual([]);
      });
    });
  }
});

describe("hostile bytes are inert:", () => {
  it("NUL in a value is refused, and in an output kept", async () => {
    expect((await perform(run("true", { V: "a\0b" }))).failure?.code).toBe("BAD_VALUE");
    expect((await perform(run("true"), { address: "a\0b" })).failure?.code).toBe("BAD_VALUE");
    expect((await perform({ ...run("true"), cwd: "a\0b" } as Request)).failure?.code).toBe("BAD_VALUE");
    expect((await perform(run("printf 'a\\000b'"))).stdout).toBe("a\0b");
    expect((await perform({ kind: "function", function: "echo", args: "a\0b" })).output).toBe("a\0b");
  });

  it("invalid UTF-8 becomes U+FFFD, and an answer's bytes are kept", async () => {
    expect((await perform(run("printf 'a\\377\\303(b'"))).stdout).toBe("a\ufffd\ufffd(b");
    const outcome = await perform({ kind: "http", method: "GET", url: `${origin}/bytes`, headers: {} });
    expect(outcome.output).toBe("a\ufffd\ufffd(\0b");
    const bytes = await store.artifacts.get(outcome.artifacts?.["body"] ?? "");
    expect([...bytes]).toEqual([0x61, 0xff, 0xc3, 0x28, 0x00, 0x62]);
  });

  it("a value that is too large for an environment is refused with what to do instead", async () => {
    const { failure } = await perform(run("true", { V: "x".repeat(1_000_000) }));
    expect(failure).toMatchObject({ code: "BAD_VALUE", class: "permanent" });
    expect(failure?.fix).toContain("file");
  });

  it("many large values together do not fit, and the words say so", async () => {
    const values = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`V${index}`, "x".repeat(120_000)]),
    );
    const { ok, failure } = await perform(run("true", values));
    expect(ok).toBe(false);
    expect(failure?.message).toContain("larger than the system allows");
  });

  it("a program that prints without end ends at its timeout, its output bounded", async () => {
    const outcome = await perform(run("yes hostile"), { policy: { timeoutMs: 300, outputBytes: 1000 } });
    expect(outcome.failure?.code).toBe("TIMEOUT");
    expect(outcome.stdout?.length).toBeLessThan(1200);
  });

  it("a JSON bomb is not parsed beyond what is kept", async () => {
    const outcome = await perform(run("head -c 3000000 /dev/zero | tr '\\0' '['"), {
      policy: { outputBytes: 100_000 },
    });
    expect(outcome).toMatchObject({ ok: true, output: expect.any(String) });
    const deep = await perform(
      run("head -c 90000 /dev/zero | tr '\\0' '['; head -c 90000 /dev/zero | tr '\\0' ']'"),
    );
    expect(deep).toMatchObject({ ok: true, output: expect.stringMatching(/^\[{90000}\]{90000}$/) });
  });

  it("a file in the directory that is named like an option or a shell start file is not run", async () => {
    const own = mkdtempSync(join(tmpdir(), "tutti-hostile-home-"));
    for (const file of [".bashrc", ".bash_profile", ".profile", "-c", "--norc"]) {
      writeFileSync(join(own, file), `touch "${join(own, "pwned")}"`);
    }
    await perform(run("true"), { policy: { env: { HOME: own } } });
    expect(readdirSync(own)).not.toContain("pwned");
    rmSync(own, { recursive: true });
  });

  it("a marker in an output asks for no secret", async () => {
    const printed = await perform(run('printf %s "$V"', { V: "⟨secret:5eed:" }));
    expect(printed.stdout).toBe("⟨secret:5eed:");
    const forged = await perform({ kind: "function", function: "echo", args: secretMarker(seed, "KEY") });
    expect(forged.output).toBe("***");
  });
});
