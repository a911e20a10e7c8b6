import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Failure } from "../outcome.ts";
import { failureKinds, infoOf, type FailureKind } from "./failure-kinds.ts";
import { passesByItself } from "./failure-texts.ts";
import { classified, classify } from "./taxonomy.ts";

/** Last words of real programs, by the kind of failure they speak of. */
const texts: Readonly<Record<FailureKind, readonly string[]>> = {
  "command.failure": [
    "make: *** [Makefile:12: build] Error 2",
    "npm error Lifecycle script `build` failed with error:",
    "SyntaxError: Unexpected token '}' in /srv/app/index.js:4",
    "error: linking with `cc` failed: exit status: 1",
    "API Error: 400 messages.0.content: Field required",
    "There's an issue with the selected model (claude-nope). It may not exist.",
  ],
  "command.partial": ["The refactoring is only partially done", "Migration incomplete"],
  "command.timeout": [
    'thrown: "Exceeded timeout of 5000 ms for a test.',
    'Error: Timeout of 2000ms exceeded. For async tests and hooks, ensure "done()" is called',
    "Error: Request timed out.",
    "context deadline exceeded",
    "Error: The operation was canceled: the job has timed out",
    'Cannot finish "sleep 9": exit status 124',
  ],
  "command.resource": [
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    'Cannot finish "node x": it was killed by SIGKILL (perhaps for want of memory)',
    "bash: fork: retry: Resource temporarily unavailable",
    "Error: spawn ENOMEM",
    "Error: EMFILE: too many open files, watch '/srv/app'",
    "/bin/sh: /usr/bin/git: Argument list too long",
    "RangeError: Maximum call stack size exceeded",
    "Reached maximum number of turns (3)",
    "Reached maximum budget ($0.0005)",
    "Last State: Terminated  Reason: OOMKilled  Exit Code: 137",
  ],
  "coordination.dependency": [
    "sh: 1: jq: not found",
    "bash: pnpm: command not found",
    "Error: Cannot find module 'left-pad'",
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'zod' imported from /srv/app/x.js",
    "ModuleNotFoundError: No module named 'requests'",
    "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree",
    "npm error code E404\nnpm error 404 Not Found - GET https://registry.example/nope - Not found",
    "npm error code ETARGET\nnpm error notarget No matching version found for zod@99.",
    'npm error Missing script: "biuld"',
    "E: Unable to locate package foo",
    "Error: spawn claude ENOENT",
    "cat: missing.txt: No such file or directory",
    "fatal: not a git repository (or any of the parent directories): .git",
    "error: pathspec 'nope' did not match any file(s) known to git",
  ],
  "coordination.synchronisation": [
    "error: failed to push some refs\nhint: Updates were rejected because the remote contains work that you do not have locally.",
    " ! [rejected]        main -> main (non-fast-forward)",
    "CONFLICT (content): Merge conflict in src/a.ts",
    "Automatic merge failed; fix conflicts and then commit the result.",
    "error: patch failed: a.ts:3\nerror: a.ts: patch does not apply",
    "error: Your local changes to the following files would be overwritten by merge:",
    "HTTP/1.1 412 Precondition Failed",
    'Cannot finish "PUT https://api": the answer has status 409',
  ],
  "coordination.contention": [
    "fatal: Unable to create '/srv/app/.git/index.lock': File exists.",
    "Another git process seems to be running in this repository",
    "error: could not lock config file .git/config: File exists",
    "error: cannot lock ref 'refs/heads/main': is at 1234567 but expected 89abcde",
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 811 (apt)",
    "Error: listen EADDRINUSE: address already in use :::3000",
    "EBUSY: resource busy or locked, unlink 'C:\\app\\x'",
    "sqlite3.OperationalError: database is locked",
    "ERROR: deadlock detected",
    "ERROR: could not serialize access due to concurrent update",
    "/bin/sh: ./run: Text file busy",
  ],
  "coordination.timeout": [
    "error: timed out waiting for the condition on deployments/web",
    "Error: Timed out waiting for http://localhost:3000",
    "Container db did not become healthy",
  ],
  "quality.gate": [
    "Tests:       1 failed, 41 passed, 42 total",
    " Test Files  2 failed | 30 passed (32)",
    "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:",
    "=== 3 failed, 120 passed in 4.11s ===",
    "--- FAIL: TestParse (0.00s)",
    "FAIL src/price.test.ts > adds",
    "ERROR: Coverage for lines (71%) does not meet global threshold (80%)",
    "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    "npm error Test failed.  See above for more details.",
  ],
  "quality.compliance": [
    "✖ 12 problems (3 errors, 9 warnings)",
    "[warn] Code style issues found in 2 files. Run Prettier with --write to fix.",
    "would reformat src/app.py",
    "remote: error: GH006: Protected branch update failed for refs/heads/main.",
    "✖   subject may not be empty [subject-empty]",
    " ! [remote rejected] main -> main (pre-receive hook declined)",
  ],
  "quality.security": [
    "found 3 vulnerabilities (1 moderate, 2 high)",
    "5 high severity vulnerabilities",
    "remote: error: GH013: push protection: a secret was detected",
    "WRN leaks found: 2",
    "libssl3: CVE-2024-0001 (HIGH)",
  ],
  "quality.performance": [
    "Performance budget exceeded for main",
    "main.js is over the bundle size limit: 300 kB",
    "p95 latency 410 ms is above the threshold",
    "regression of 12.5 % against the baseline",
  ],
  "system.context": [
    "Prompt is too long",
    "API Error: 400 input length and `max_tokens` exceed context limit: 198000 + 20000 > 200000",
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.",
    "openai.BadRequestError: Error code: 400 - {'error': {'code': 'context_length_exceeded'}}",
    '413 {"type":"error","error":{"type":"request_too_large"}}',
    "prompt is too long: 210432 tokens > 200000 maximum",
  ],
  "system.network": [
    "fatal: unable to access 'https://github.com/x/y/': Could not resolve host: github.com",
    "npm error code EAI_AGAIN\nnpm error syscall getaddrinfo",
    "npm error network request to https://registry.example/zod failed, reason: connect ETIMEDOUT 10.0.0.1:443",
    "curl: (6) Could not resolve host: example.com",
    "curl: (28) Connection timed out after 10001 milliseconds",
    "curl: (56) Recv failure: Connection reset by peer",
    "API Error: Connection refused (ECONNREFUSED)",
    "API Error: Connection error.",
    "TypeError: fetch failed",
    "Error: socket hang up",
    "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly",
    "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF",
    "ssh: connect to host github.com port 22: Connection refused",
    "net/http: TLS handshake timeout",
    'Cannot finish "GET https://a": nobody listens there',
    "Unable to connect to API: check the internet connection",
    "SSL certificate problem: certificate has expired",
  ],
  "system.storage": [
    "Error: ENOSPC: no space left on device, write",
    "tar: x: Cannot write: No space left on device",
    "error: file write error: Disk quota exceeded",
    "EROFS: read-only file system, open '/etc/x'",
    "npm error Error: EACCES: permission denied, mkdir '/usr/lib/node_modules/x'",
    "Error: database disk image is malformed",
    "error: object file .git/objects/1f/2a is empty",
    "EIO: i/o error, read: Input/output error",
  ],
  "system.external": [
    'API Error: 500 {"type":"error","error":{"type":"api_error","message":"Internal server error"}}',
    "502 Bad Gateway",
    "upstream connect error or disconnect/reset before headers",
    "The server had an error while processing your request. Sorry about that!",
    "npm error code E503\nnpm error 503 Service Unavailable - GET https://registry.example/zod",
    'Cannot finish "GET https://a": the answer has status 504',
    "fatal: unable to access 'https://git.example/x/': The requested URL returned error: 503",
  ],
  "system.access": [
    "Invalid API key · Fix external API key",
    "Not logged in · Please run /login",
    'API Error: 401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}',
    "OAuth token has expired. Please obtain a new token or refresh your existing token.",
    "Credit balance is too low",
    "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check your plan and billing details.', 'code': 'insufficient_quota'}}",
    "Incorrect API key provided: sk-...abcd.",
    "git@github.com: Permission denied (publickey).",
    "fatal: Authentication failed for 'https://github.com/x/y/'",
    "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
    "remote: Repository not found.",
    "npm error code ENEEDAUTH\nnpm error need auth This command requires you to be logged in",
    "npm error code E401\nnpm error Unable to authenticate",
    "To get started with GitHub CLI, please run:  gh auth login",
    "HTTP 403: Resource not accessible by integration",
  ],
  "system.quota": [
    "Claude AI usage limit reached|1795250000",
    "You've hit your limit · resets 1:30am (Asia/Dhaka)",
    "You've hit your weekly limit · resets Nov 24, 1pm (UTC)",
    "5-hour limit reached ∙ resets 3pm (UTC)",
    "You're out of extra usage · resets 12pm (America/Los_Angeles)",
    'API Error: 429 {"type":"error","error":{"type":"rate_limit_error"}}',
    "API Error: 529 Overloaded. This is a server-side issue, usually temporary",
    "Rate limit reached for gpt-5 in organization org-x on tokens per min (TPM): Limit 30000",
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    "429 Too Many Requests",
    "google.api_core.exceptions.ResourceExhausted: 429 RESOURCE_EXHAUSTED",
    "toomanyrequests: You have reached your pull rate limit.",
    "Quota exceeded for quota metric 'Generate requests'",
  ],
};
const table = Object.entries(texts).flatMap(([kind, list]) => list.map((text) => [text, kind] as const));

function failure(over: Partial<Failure> = {}): Failure {
  return { code: "COMMAND_FAILED", message: "it broke", class: "failure", ...over };
}

describe("the kind of a failure", () => {
  it.each(table)("%s", (text, kind) => {
    expect(classify(text)).toBe(kind);
  });

  it("is told by a table of enough real texts, of every kind", () => {
    expect(table.length).toBeGreaterThanOrEqual(80);
    expect(Object.keys(texts).toSorted()).toEqual(Object.keys(failureKinds).toSorted());
  });

  it("follows from the code where the code says it all, whatever the words are", () => {
    const message = "curl: (6) Could not resolve host";
    expect(classify(failure({ code: "GATE_FAILED", message }))).toBe("quality.gate");
    expect(classify(failure({ code: "STORE_LOCKED", message }))).toBe("coordination.contention");
    expect(classify(failure({ code: "TIMEOUT", class: "timeout", message }))).toBe("command.timeout");
    expect(classify(failure({ code: "HTTP_FAILED", class: "quota" }))).toBe("system.quota");
  });

  it("follows from the class where neither code nor words say anything", () => {
    expect(classify(failure())).toBe("command.failure");
    expect(classify(failure({ class: "transient" }))).toBe("system.external");
    expect(classify(failure({ class: "timeout" }))).toBe("command.timeout");
    expect(classify(failure({ code: "HTTP_FAILED" }))).toBe("system.external");
  });

  it("is none for what was stopped on purpose", () => {
    expect(classify(failure({ class: "cancelled" }))).toBeUndefined();
    expect(classified(failure({ class: "interrupted" }))).toEqual(failure({ class: "interrupted" }));
  });

  it("is none for what a person turned down", () => {
    const rejected = failure({ code: "REJECTED", message: "It was rejected: timeout", class: "permanent" });
    expect(classify(rejected)).toBeUndefined();
    expect(classified(rejected)).toEqual(rejected);
  });

  it("stands with its severity in the failure, and is not told a second time", () => {
    const told = classified(failure({ message: "Error: ENOSPC: no space left on device" }));
    expect(told).toMatchObject({ kind: "system.storage", severity: "critical" });
    expect(infoOf("system.storage").response).toBe("escalate");
    expect(classified({ ...told, message: "other" })).toMatchObject({ kind: "system.storage" });
  });

  it("is one of the table for any text, in time that does not explode with its length", () => {
    assert(
      property(string(), constantFrom("a ", "error ", "status: ", "tests 1 failed", "\n"), (text, filler) => {
        expect(failureKinds).toHaveProperty([classify(text + filler.repeat(500)) ?? ""]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a text of megabytes", () => {
  it("is read at its beginning and its end", () => {
    const filler = "error status limit reached context window\nat "
      .repeat(100_000)
      .replaceAll("context", "con text");
    expect(classify(`${"x".repeat(2000)}${filler}\nNo space left on device`)).toBe("system.storage");
    expect(classify(`prompt is too long${filler}`)).toBe("system.context");
    expect(passesByItself(`${filler}\ncurl: (7) Failed to connect`)).toBe(true);
  });
});

describe("last words that promise better luck", () => {
  it.each([
    "fatal: unable to access 'https://github.com/x/y/': Could not resolve host: github.com",
    "fatal: Unable to create '/srv/app/.git/index.lock': File exists.",
    "npm error code ETIMEDOUT",
    "npm ERR! network socket hang up",
    "curl: (28) Connection timed out after 10001 milliseconds",
    "E: Could not get lock /var/lib/dpkg/lock-frontend.",
    "ssh: connect to host github.com port 22: Connection timed out",
    "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly",
  ])("are those of a program that ran into the network or a lock: %s", (text) => {
    expect(passesByItself(`Cannot finish "x": exit status 1:\n${text}`)).toBe(true);
  });

  it.each([
    "AssertionError: expected ECONNREFUSED to be ETIMEDOUT",
    "  ✖ reports curl: (28) as a failure",
    "npm error code ERESOLVE",
    "fatal: not a git repository",
  ])("are none of %s", (text) => {
    expect(passesByItself(text)).toBe(false);
  });
});
