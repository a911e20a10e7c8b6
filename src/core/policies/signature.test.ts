import { describe, expect, it } from "vitest";
import { signatureText } from "./signature.ts";

const of = (message: string) => signatureText({ code: "COMMAND_FAILED", message });

describe("the signature of a failure", () => {
  it.each([
    [
      'Cannot finish "npm ci": exit status 1:\nError: ENOSPC: no space left on device, write /tmp/a1/x',
      'Cannot finish "make all": exit status 2:\nError: ENOSPC: no space left on device, write ./b/y.js',
    ],
    [
      "connect ECONNREFUSED 127.0.0.1:8080 (request 9f3c21ab)",
      "connect ECONNREFUSED 10.1.2.3:80 (request 1e)",
    ],
    [
      "GET https://a.example/x?y=1 failed at 2026-11-20T10:00:00Z",
      "GET http://b/ failed at 2025-01-02T11:22:33Z",
    ],
    ["Could  not resolve\nhost", "could not resolve host"],
  ])("is the same for %j and %j", (one, other) => {
    expect(of(one)).toBe(of(other));
  });

  it("differs by the cause, and by the code", () => {
    expect(of("ENOSPC: no space left")).not.toBe(of("EROFS: read-only file system"));
    expect(of("x")).not.toBe(signatureText({ code: "HTTP_FAILED", message: "x" }));
  });

  it("takes time in proportion to the text and keeps its beginning", () => {
    expect(of("a/".repeat(100_000)).length).toBeLessThan(400);
    expect(of('"'.repeat(100_001)).length).toBeLessThan(400);
    expect(of("x1".repeat(100_000)).length).toBeLessThan(400);
  });
});
