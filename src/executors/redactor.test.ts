import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "./redactor.ts";
import { secretMarker } from "../core/effects.ts";
import type { Outcome } from "../core/outcome.ts";
import { createFakeClock } from "../runtimes/memory/fake-clock.ts";
import { createMemoryStore } from "../runtimes/memory/store.ts";

const secret = 'pa"ss/w\\ör d+1';

function knowing(...values: string[]): ReturnType<typeof createRedactor> {
  const redactor = createRedactor();
  redactor.learn(values);
  return redactor;
}

async function stored(
  redactor: ReturnType<typeof createRedactor>,
  bytes: Uint8Array,
  size: number,
): Promise<Buffer> {
  const { artifacts } = createMemoryStore({ clock: createFakeClock() });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const { id } = await redactor.artifacts(artifacts).put(size > 0 ? pieces() : bytes);
  return Buffer.from(await artifacts.get(id));
}

describe("the redactor", () => {
  it("leaves text alone while it knows nothing", () => {
    expect(createRedactor().text(`${secret}…`)).toBe(`${secret}…`);
  });

  const forms: Readonly<Record<string, string>> = {
    "as it is": secret,
    "in JSON": JSON.stringify(secret).slice(1, -1),
    "in a URL": encodeURIComponent(secret),
    "in base64": Buffer.from(secret).toString("base64").replaceAll("=", ""),
  };
  for (const [name, form] of Object.entries(forms)) {
    it(`removes a value ${name}`, () => {
      expect(knowing(secret).text(`a${form}b${form}`)).toBe("a***b***");
    });
  }

  it("removes a value from the base64 of a longer text", () => {
    for (const before of ["", "u", "us", "user:"]) {
      const encoded = Buffer.from(`${before}${secret}:x`).toString("base64");
      expect(knowing(secret).text(encoded)).toContain("***");
    }
  });

  it("removes each line of a value of several lines", () => {
    const redactor = knowing("-----BEGIN-----\nabcdef\nx\n-----END-----\n");
    expect(redactor.text("1 abcdef\n2 -----END-----\nx")).toBe("1 ***\n2 ***\nx");
  });

  it("removes the longer of two values that begin alike", () => {
    expect(knowing("abc", "abcdef").text("abcdefg abcd")).toBe("***g ***d");
  });

  it("removes a piece of a value at the edge of a cut", () => {
    const redactor = knowing("sup3rs3cr3t");
    expect(redactor.text("is sup3rs3\n… 90 bytes left out …\ncr3t it")).toBe(
      "is ***\n… 90 bytes left out …\n*** it",
    );
    expect(redactor.text("…3cr3t and sup3r…")).toBe("…*** and ***…");
    expect(redactor.text("sup3 is fine")).toBe("sup3 is fine");
  });

  it("removes markers, so that an output cannot ask for a secret", () => {
    expect(createRedactor().text(`x${secretMarker("seed", "KEY")}y`)).toBe("x***y");
  });

  it("never lets a value through", () => {
    const value = fc
      .string({ unit: "binary", minLength: 1, maxLength: 12 })
      .filter((text) => !"***".includes(text));
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (known, before, after) => {
        expect(
          knowing(known)
            .text(before + known + after)
            .replaceAll("***", ""),
        ).not.toContain(known);
      }),
    );
  });

  it("cleans every free text of an outcome, keys too, and nothing that decides", () => {
    const outcome: Outcome = {
      ok: false,
      output: { quota: ["quota", { deep: "my quota" }] },
      stdout: "quota",
      exitCode: 1,
      changedFiles: ["a/quota.txt"],
      failure: { code: "QUOTA", class: "quota", message: "quota", fix: "no quota" },
      artifacts: { stdout: "sha256:quota" },
      details: { note: "quota" },
      usage: { costUsd: null, inputTokens: 1, outputTokens: 2 },
    };
    expect(knowing("quota").outcome(outcome)).toEqual({
      ...outcome,
      output: { "***": ["***", { deep: "my ***" }] },
      stdout: "***",
      changedFiles: ["a/***.txt"],
      failure: { code: "QUOTA", class: "quota", message: "***", fix: "no ***" },
      details: { note: "***" },
    });
    expect(knowing("quota").outcome({ ok: true })).toEqual({ ok: true });
  });

  it("writes no value into an artifact, in whatever pieces the bytes come", async () => {
    const text = Buffer.concat([
      Buffer.from(`${secret}1${secret}${secret}2`),
      Buffer.of(0xff, 0x00, 0x80),
      Buffer.from(`3${secret}`),
    ]);
    const clean = Buffer.concat([
      Buffer.from("***1******2"),
      Buffer.of(0xff, 0x00, 0x80),
      Buffer.from("3***"),
    ]);
    for (const size of [0, 1, 2, 3, 5, 7, 11, 17, 1000]) {
      expect(await stored(knowing(secret, "other"), text, size)).toEqual(clean);
    }
    expect(await stored(createRedactor(), text, 4)).toEqual(text);
  });
});
