import { describe, expect, it } from "vitest";
import { hideSecrets } from "./secret-texts.ts";

const key = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEpAIBAAKCAQEA7bq\nabc+/=\n-----END RSA PRIVATE KEY-----`;

describe("a value without its secrets", () => {
  it("is itself where there are none", () => {
    const value = { text: "nothing here", list: [1, null, "x"], flag: true };
    expect(hideSecrets(value)).toEqual({ value, hidden: 0 });
    expect(hideSecrets(value).value).toBe(value);
  });

  it("is without a private key, all of its lines", () => {
    expect(hideSecrets(`before\n${key}\nafter`)).toEqual({ value: "before\n***\nafter", hidden: 1 });
  });

  it("has the head of a key that does not end taken out", () => {
    expect(hideSecrets("-----BEGIN PRIVATE KEY-----\nMIIE")).toEqual({ value: "***\nMIIE", hidden: 1 });
  });

  it("is without what is one by the name it is under", () => {
    expect(hideSecrets([{ password: "hT7-kq2Lw9z!Xv04", name: "hT7-kq2Lw9z!Xv04" }])).toEqual({
      value: [{ password: "***", name: "hT7-kq2Lw9z!Xv04" }],
      hidden: 1,
    });
  });

  it("is found in time that grows with its length only", () => {
    const started = performance.now();
    hideSecrets("-----BEGIN PRIVATE KEY-----\n".repeat(30_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
