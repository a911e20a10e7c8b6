import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createSecretsGate } from "./secrets.ts";
import type { Outcome } from "../../core/outcome.ts";
import { asText, isObject } from "../../expression/json.ts";
import { createTaskContext } from "../../testing/task-context.ts";
import { temporaryFolder } from "../../testing/testbed.ts";

interface Asked {
  readonly globs?: readonly string[];
  readonly allow?: readonly string[];
}

function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const cwd = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  return cwd;
}

function lookIn(cwd: string, { globs = ["**"], allow = [] }: Asked = {}): Promise<Outcome> {
  const { context } = createTaskContext({ cwd });
  return createSecretsGate().check({ kind: "secrets", in: globs, allow }, { ...context, subject: {} });
}

/** Each finding as `file:line what`. */
async function found(files: Readonly<Record<string, string | Buffer>>, asked: Asked = {}): Promise<string[]> {
  const { evidence } = await lookIn(folderWith(files), asked);
  const findings = evidence?.["findings"];
  return (Array.isArray(findings) ? findings : []).flatMap((one) =>
    isObject(one) ? `${asText(one["path"])}:${asText(one["line"])} ${asText(one["what"])}` : [],
  );
}

// Put together here, so that no scanner takes this file for a leak. None of them was ever issued.
const random =
  "Zk3Qw9Lr7Tx2Vb8Nc5Md1Hf6Jg4Sp0Ay3Ue7Io2Rt5Yw8Ql1Kx4Bz6Cv9Nm3Df7Gh2Js5Lp8Wq1Er4Ty6Ui9Oa3Sd7Fg2Hj5Kl8Zx";
const hex = "0f9e8d7c6b5a49382716f5e4d3c2b1a0";
const key = "PRIVATE KEY";
const aws = "AKIA";
const take = (count: number): string => random.slice(0, count);
const secrets: readonly (readonly [string, string])[] = [
  ["private key", `-----BEGIN RSA ${key}-----\nMII`],
  ["private key", `-----BEGIN OPENSSH ${key}-----\nb3Bl`],
  ["AWS access key id", `${aws}Z3QW7LRTX2VB5NC6`],
  ["GitHub token", `ghp_${take(36)}`],
  ["GitHub fine-grained token", `github_pat_${take(22)}_${take(59)}`],
  ["GitLab token", `glpat-${take(20)}`],
  ["Google API key", `AIza${take(35)}`],
  ["Google OAuth secret", `GOCSPX-${take(28)}`],
  ["Slack token", `xoxb-${take(40)}`],
  ["Slack webhook", `https://hooks.slack.com/services/${take(44)}`],
  ["Stripe key", `sk_live_${take(24)}`],
  ["npm token", `npm_${take(36)}`],
  ["OpenAI key", `sk-proj-${take(40)}T3BlbkFJ${take(40)}`],
  ["Anthropic key", `sk-ant-api03-${take(93)}`],
  ["SendGrid key", `SG.${take(22)}.${take(43)}`],
  ["Twilio key", `SK${hex}`],
  ["Hugging Face token", `hf_${take(34)}`],
  ["DigitalOcean token", `dop_v1_${hex}${hex}`],
  ["Telegram bot token", `123456789:AA${take(33)}`],
  ["PyPI token", `pypi-AgEIcHlwaS5vcmc${take(80)}`],
  ["Azure Storage key", `AccountKey=${take(86)}==`],
  ["JSON Web Token", `eyJ${take(20)}.eyJ${take(40)}.${take(43)}`],
  ["password in a URL", "postgres://app:k3Wq9zLr7T@db.internal/x"],
  ["value that looks like a secret", `const apiKey = "${take(24)}";`],
  ["value that looks like a secret", `{"client_secret": "${take(32)}"}`],
  ["value that looks like a secret", `export DB_PASSWORD=${take(20)}`],
  ["OpenAI key", `sk-proj-${take(74)}T3BlbkFJ${random.slice(10, 84)}`],
  ["OpenAI key", `OPENAI_API_KEY=sk-proj-${take(48)}`],
  ["OpenAI key", `sk-svcacct-${take(74)}T3BlbkFJ${random.slice(10, 84)}`],
  ["OpenAI key", `sk-${take(20)}T3BlbkFJ${random.slice(20, 40)}`],
  ["Anthropic key", `key: sk-ant-api03-${take(60)}-${random.slice(60, 90)}_AA`],
  ["Anthropic key", `sk-ant-admin01-${take(93)}`],
  ["Anthropic key", `sk-ant-oat01-${take(93)}`],
  ["value that looks like a secret", `aws_secret_access_key = ${take(40)}`],
  ["value that looks like a secret", `aws_secret_access_key=${take(12)}/${take(13)}+${take(13)}`],
  ["value that looks like a secret", `aws_session_token = ${random.repeat(8)}==`],
  ["value that looks like a secret", `client_secret: ${take(32)}`],
  ["value that looks like a secret", `  - client_secret: ${hex}  # of the test realm`],
  ["value that looks like a secret", `clientSecret: ${take(8)}-${take(8)}~${take(16)}`],
  ["value that looks like a secret", `spring.datasource.password=${take(20)}\r`],
  [
    "value that looks like a secret",
    `//registry.example.org/:_authToken=0f9e8d7c-6b5a-4938-2716-f5e4d3c2b1a0`,
  ],
  ["value that looks like a secret", `ENV APP_API_KEY=${take(24)}`],
  ["value that looks like a secret", `user=ann password=${take(18)} b`],
  ["value that looks like a secret", `mysql --password=${take(20)} db`],
  ["value that looks like a secret", `DB_PASSWORD=${take(18)} && run`],
  ["value that looks like a secret", `curl -H api_key:${hex} http://x`],
  ["value that looks like a secret", `curl -H "X-Api-Key: ${hex}" http://x`],
  ["value that looks like a secret", `https://x.org/a?access_token=${take(30)}&b=1`],
  ["value that looks like a secret", `connect host=a;pwd=${take(18)};user=b`],
  ["value that looks like a secret", `{ user: ann, password: ${take(18)}, host: b }`],
];

describe("a gate on secrets", () => {
  it.each(secrets)("finds a %s", async (what, text) => {
    expect(await found({ "a.txt": `first\n${text}\nlast\n` })).toEqual([`a.txt:2 ${what}`]);
  });

  it.each([
    "const token = process.env.TOKEN_OF_THE_SERVICE_2;",
    'password: "${{ secrets.DB_PASSWORD_FOR_PROD_1 }}"',
    'apiKey = "your_api_key_goes_here_1234"',
    `AWS_KEY=${aws}IOSFODNN7EXAMPLE`,
    'secretName: "name-of-the-secret-in-the-vault"',
    'token: "aaaaaaaaaaaaaaaaaaaaaaaa1111"',
    'tokenUrl: "https://login.service.org/oauth2/v1/token"',
    'keyFile = "./config/keys/private-key-2024.pem"',
    'integrity: "sha512-Zk3Qw9Lr7Tx2Vb8Nc5Md1Hf6Jg4Sp0Ay3Ue7Io2Rt5Yw8Ql1Kx4Bz6=="',
    `commit ${hex}`,
    "-----BEGIN PUBLIC KEY-----",
    "const passwordField = screen.getByLabelText('Password')",
    "client_secret: ${CLIENT_SECRET_OF_REALM_2}",
    "client_secret: $CLIENT_SECRET_OF_REALM_2",
    "client_secret: <your client secret of 32 characters>",
    "aws_secret_access_key = your_40_character_secret_access_key_1",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "secret: name-of-the-secret-2024-v2",
    "password: vault/data/team-7/database2/password",
    "private_key = /etc/ssl/private2/server2024.pem",
    "token = response.data2.access_token1",
    "  password: hashedPasswordOfUser2",
    `  "@scope/token": sha512-${take(86)}==`,
    `checksum: ${hex}`,
    `token: sha256-${take(44)}`,
    `  api_key: ${take(30)} is what it looked like`,
    "password = input()",
    "password: string",
    "login(password=input(), token=base64TokenOfTheUser2, n=1)",
    "const session = { token: base64TokenOfTheUser2, user };",
    "  api_key: string2OfSixteenCharacters, // told later",
    "run --password=$DB_PASSWORD_OF_PROD_1 now",
    "run --token=path/to/the/token-2024.txt now",
    "fits token:color-primary-500-darker of the style",
    "max_tokens=16384 token=16384163841638416384 b",
    "sk-proj-a-class-name-of-a-style-sheet-that-is-quite-long",
  ])("passes over %s", async (text) => expect(await found({ "a.txt": `${text}\n` })).toEqual([]));

  it("holds and says how much it looked at", async () => {
    expect(await lookIn(folderWith({ "a.txt": "fine", "b/c.txt": "too" }))).toMatchObject({
      ok: true,
      evidence: { summary: "nothing that looks like a secret in 2 files of 7 bytes", files: 2, bytes: 7 },
    });
  });

  it("never shows what it found", async () => {
    const secret = `ghp_${take(36)}`;
    const outcome = await lookIn(folderWith({ "a.txt": `x = ${secret}` }));
    expect(outcome).toMatchObject({
      ok: false,
      evidence: {
        summary: "1 place looks like a secret in 1 file of 44 bytes: a.txt:1",
        output: expect.stringMatching(
          /^a\.txt:1: GitHub token: ghp_… \(40 characters\)\nTake them out/,
        ) as string,
      },
    });
    expect(JSON.stringify(outcome)).not.toContain(secret.slice(0, 8));
  });

  it("names the first place, and says how many more there are", async () => {
    const secret = `ghp_${take(36)}`;
    const { evidence } = await lookIn(
      folderWith({ "a.txt": "x", "b/c.txt": `\n${secret}`, "d.txt": secret }),
    );
    expect(evidence?.["summary"]).toBe(
      "2 places look like a secret in 3 files of 82 bytes: b/c.txt:2 and 1 more",
    );
  });

  it("excuses what is allowed", async () => {
    const files = { "a.txt": `ghp_${take(36)}\nnpm_${take(36)}` };
    expect(await found(files, { allow: ["^ghp_Zk3"] })).toEqual(["a.txt:2 npm token"]);
  });

  it("looks into the files that fit, hidden ones too, but into no package and no link", async () => {
    const secret = `npm_${take(36)}`;
    const files = { ".env": secret, "src/.hidden/a": secret, "node_modules/x/a": secret, "doc/a": secret };
    expect(await found(files, { globs: [".env", "src/**", "node_modules/**"] })).toEqual([
      ".env:1 npm token",
      "src/.hidden/a:1 npm token",
    ]);
    const cwd = folderWith({ "a.txt": "fine" });
    symlinkSync(folderWith(files), join(cwd, "link"));
    expect(await lookIn(cwd)).toMatchObject({ ok: true, evidence: { files: 1 } });
  });

  it("finds what lies across two pieces of a large file once, at its line", async () => {
    const filler = "x".repeat(99);
    const lines = Array.from({ length: 25_000 }, () => filler);
    lines[10_485] = `${"y".repeat(60)} npm_${take(36)}`;
    lines[20_000] = `ghp_${take(36)}`;
    expect(await found({ large: lines.join("\n") })).toEqual([
      "large:10486 npm token",
      "large:20001 GitHub token",
    ]);
  });

  it("finds them in files of two bytes a character, and at the very end", async () => {
    const text = Buffer.from(`\ufeffone\nnpm_${take(36)}`, "utf16le");
    expect(await found({ "a.txt": text })).toEqual(["a.txt:2 npm token"]);
  });

  it("stays quick on hostile text", async () => {
    const hostile = [
      "token=".repeat(200_000),
      `eyJ${"a".repeat(1_000_000)}`,
      `eyJ${"a.eyJ".repeat(200_000)}`,
      `${"_KEY".repeat(250_000)}=`,
      "a://".repeat(250_000),
      `ghp_${take(36)} `.repeat(20_000),
      "secret: '".repeat(100_000),
      `token: ${"a1b".repeat(300_000)}`,
      `token: ${"a1-".repeat(660)}!\n`.repeat(500),
      "secret_key: a1\n".repeat(60_000),
      `token=${"aB1".repeat(170)}!`.repeat(2000),
      "password=Ab".repeat(100_000),
    ];
    const files = Object.fromEntries(hostile.map((text, index) => [`f${index}`, text]));
    const started = performance.now();
    const cwd = folderWith(files);
    await lookIn(cwd);
    expect(performance.now() - started).toBeLessThan(10_000);
  }, 30_000);

  it("does not hold when it cannot look", async () => {
    expect(await lookIn(folderWith({ a: "" }), { globs: ["src/**"] })).toMatchObject({
      ok: false,
      evidence: { summary: 'no file fits "src/**"; name files that there are' },
    });
    const { context } = createTaskContext();
    const check = { kind: "secrets", in: "changed", allow: [] } as const;
    expect(await createSecretsGate().check(check, { ...context, subject: {} })).toMatchObject({
      ok: false,
      evidence: { summary: expect.stringContaining("not every change of the step is known") as string },
    });
  });

  it.skipIf(process.getuid?.() === 0)("does not hold when a file cannot be read", async () => {
    const cwd = folderWith({ a: "x" });
    chmodSync(join(cwd, "a"), 0);
    expect(await lookIn(cwd)).toMatchObject({ ok: false });
  });

  it("looks at what the step changed, as it is now", async () => {
    const cwd = folderWith({ "new.txt": `npm_${take(36)}`, "other.txt": `npm_${take(36)}` });
    const { context } = createTaskContext({ cwd });
    const subject = { filesBefore: { "new.txt": "", "gone.txt": "-:sha256:1" } };
    const check = { kind: "secrets", in: "changed", allow: [] } as const;
    const { evidence } = await createSecretsGate().check(check, { ...context, subject });
    expect(evidence).toMatchObject({ files: 1, findings: [{ path: "new.txt" }] });
  });
});
