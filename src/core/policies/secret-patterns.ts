/** A well-known form of a secret. */
export interface SecretPattern {
  readonly name: string;
  /** A text without which nothing can fit: most files are passed over by it. Case does not matter. */
  readonly hints: readonly string[];
  /** Bounded repetitions of plain classes, so that the time is linear. The secret is the group `secret`, or all. */
  readonly pattern: RegExp;
  /** Least entropy of the secret in bits per character: what is lower is a placeholder. */
  readonly entropy?: number;
  /** Told by the name it is given to, not by its form: it must at least be a mixture of letters and digits. */
  readonly byName?: true;
  /** Without quotes it may be a name of something in code or in a file of settings: it must not be made of words. */
  readonly bare?: true;
  /** It may stand in the middle of code: a name in it is written as one word. */
  readonly inCode?: true;
}

/** Not in the middle of a longer word. */
const start = "(?<![A-Za-z0-9_-])";
const end = "(?![A-Za-z0-9_-])";

function form(name: string, hints: readonly string[], source: string): SecretPattern {
  return { name, hints, pattern: new RegExp(`${start}(?<secret>${source})${end}`, "g"), entropy: 2.5 };
}

/** A value under a name that says what it is; `blank` between the two, `after` behind it. */
function pair(blank: string, after: string): SecretPattern {
  const key = "(?:secret|api|access|private|account|encryption|signing|auth|master)[_.-]?key(?:[_.-]base)?";
  const named = `(?:secret|token|passw(?:or)?d|pwd|credentials?|${key})["']?[:=]`;
  return {
    name: "value that looks like a secret",
    hints: ["secret", "token", "passw", "pwd", "key", "credential"],
    pattern: new RegExp(`${named}${blank}(?<secret>[A-Za-z0-9+/_.~-]{16,500}={0,2})${after}`, "gi"),
    entropy: 3,
    byName: true,
    bare: true,
    inCode: true,
  };
}

/**
 * Forms that their issuers publish: AWS (IAM identifiers), GitHub (token formats, 2021), GitLab (token prefixes), Google
 * Cloud (API keys), Slack (token types), Stripe (API keys), npm (granular tokens), OpenAI and Anthropic (API keys),
 * SendGrid, Twilio, PyPI (macaroons), Hugging Face, DigitalOcean, Azure Storage (connection strings), Telegram; PEM (RFC
 * 7468) and JSON Web Tokens (RFC 7519).
 */
export const secretPatterns: readonly SecretPattern[] = [
  {
    name: "private key",
    hints: ["PRIVATE KEY"],
    pattern: /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=\s|\\n)/g,
  },
  form("AWS access key id", ["AKIA", "ASIA"], "(?:AKIA|ASIA)[A-Z2-7]{16}"),
  form("GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "gh[pousr]_[A-Za-z0-9]{36,255}"),
  form("GitHub fine-grained token", ["github_pat_"], "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
  form("GitLab token", ["glpat-"], "glpat-[A-Za-z0-9_-]{20,60}"),
  form("Google API key", ["AIza"], "AIza[A-Za-z0-9_-]{35}"),
  form("Google OAuth secret", ["GOCSPX-"], "GOCSPX-[A-Za-z0-9_-]{28}"),
  form("Slack token", ["xox", "xapp-"], "(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{20,250}"),
  {
    name: "Slack webhook",
    hints: ["hooks.slack.com"],
    pattern: /hooks\.slack\.com\/(?:services|workflows)\/(?<secret>[A-Za-z0-9/+]{40,100})/g,
    entropy: 2.5,
  },
  form("Stripe key", ["_live_"], "(?:sk|rk)_live_[A-Za-z0-9]{20,247}"),
  form("npm token", ["npm_"], "npm_[A-Za-z0-9]{36}"),
  form(
    "OpenAI key",
    ["sk-"],
    "sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}",
  ),
  // The prefix tells it; what is inside is not promised.
  {
    ...form(
      "OpenAI key",
      ["sk-proj-", "sk-svcacct-", "sk-admin-"],
      "sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,250}",
    ),
    entropy: 3.7,
    byName: true,
  },
  form("Anthropic key", ["sk-ant-"], "sk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_-]{40,250}"),
  form("SendGrid key", ["SG."], "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}"),
  form("Twilio key", ["SK"], "SK[0-9a-f]{32}"),
  form("PyPI token", ["pypi-AgEIcHlwaS5vcmc"], "pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,1000}"),
  form("Hugging Face token", ["hf_"], "hf_[A-Za-z0-9]{34}"),
  form("DigitalOcean token", ["dop_v1_"], "do[opr]_v1_[0-9a-f]{64}"),
  form("Telegram bot token", [":AA"], "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),
  {
    name: "Azure Storage key",
    hints: ["AccountKey="],
    pattern: /AccountKey=(?<secret>[A-Za-z0-9+/]{80,100}={0,2})/g,
    entropy: 3.5,
  },
  form(
    "JSON Web Token",
    ["eyJ"],
    "eyJ[A-Za-z0-9_-]{10,2000}\\.eyJ[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{20,1000}",
  ),
  {
    name: "password in a URL",
    hints: ["://"],
    pattern:
      /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/"'`<>]{1,100}:(?<secret>[^\s:@/"'`<>${}*]{6,200})@[A-Za-z0-9[]/g,
    entropy: 2.5,
  },
  {
    name: "value that looks like a secret",
    hints: ["secret", "token", "passw", "pwd", "key", "credential"],
    pattern:
      /(?:secret|token|passw(?:or)?d|pwd|api[_-]?key|access[_-]?key|private[_-]?key|credential)[A-Za-z0-9_-]{0,30}["'`]?\s{0,5}(?::|=>?|:=)\s{0,5}["'`](?<secret>[^\s"'`]{16,500})["'`]/gi,
    entropy: 3.7,
    byName: true,
  },
  {
    name: "value that looks like a secret",
    hints: ["secret", "token", "passw", "key"],
    // A line of an environment file, whose values stand without quotes.
    pattern:
      /^(?:export\s{1,5})?[A-Z0-9_]{0,60}(?:SECRET|TOKEN|PASSWORD|PASSWD|_KEY)[A-Z0-9_]{0,30}=(?<secret>[A-Za-z0-9+/=_.~-]{16,500})\s{0,20}$/gm,
    entropy: 3.7,
    byName: true,
  },
  {
    name: "value that looks like a secret",
    hints: ["secret", "token", "passw", "pwd", "key", "credential"],
    // A line of YAML, INI, properties or .npmrc: the name ends with what it is, the value ends with the line or a comment.
    pattern:
      /^[ \t]{0,40}(?:(?:-|export|ENV|ARG|set)[ \t]{1,5})?["']?[A-Za-z0-9_.:/-]{0,80}?(?:secret|token|passw(?:or)?d|pwd|credentials?|(?:secret|api|access|private|account|encryption|signing|auth|master)[_.-]?key(?:[_.-]base)?)["']?[ \t]{0,20}[:=][ \t]{0,20}(?<secret>[A-Za-z0-9+/=_.~-]{16,2000})(?=[ \t]{0,20}(?:\r?$|[ \t][#;]))/gim,
    entropy: 3,
    byName: true,
    bare: true,
  },
  // A pair among other words: of a shell line, a query, a list. With a blank before its value something has to end it, or it is prose.
  pair("", "(?=[\\s;,&|)\\]}\"'`<>]|$)"),
  pair("[ \\t]{1,5}", "(?=[;,}\"'`])"),
];

/** What stands for a value and is none: templates, references, and words that say so. */
const placeholders =
  /^(?:\$|%[A-Z(]|<|\{\{)|\$\{|\{\{|<[a-z_ -]+>|(?:^|[^a-z])(?:example|placeholder|changeme|your[_-]|dummy|redacted|process\.env|os\.environ|secrets\.|env\.|getenv)|examplekey$|x{6}|\*{4}|(.)\1{9}/i;

/** Words and small numbers with marks between them: a name, a path, a member of something. Or a hash that says so. */
const word = "(?:[a-z]+\\d{0,4}|\\d{1,4})";
const words = new RegExp(`^[-_./~]*${word}(?:[-_./~]+${word})*[-_./~]*$|^sha\\d{1,3}[-_]`, "i");

/** `base64TokenOfUser2`. Each letter belongs to one part only, so that the time is linear. */
const camelCase =
  /^(?=.*[A-Z])(?:(?:[A-Z]*[a-z]{2,}|A[st]|By|Db|I[dfnps]|No|O[fnr]|To|Up)(?![a-z])|[A-Z]{2,}(?![A-Za-z])|\d{1,4}(?!\d)|[-_./~]+(?![-_./~]))+$/;

/** True for what has the form of a secret, and neither is a placeholder nor a name for something. */
export function isLikely(secret: string, { entropy = 0, byName, bare, inCode }: SecretPattern): boolean {
  if (entropyOf(secret) < entropy || placeholders.test(secret)) return false;
  if ((bare && words.test(secret)) || (inCode && camelCase.test(secret))) return false;
  return !byName || isMixed(secret);
}

function isMixed(secret: string): boolean {
  return /\d/.test(secret) && /[A-Za-z]/.test(secret) && !/^(?:[a-z]+:\/\/|\.{1,2}\/)/.test(secret);
}

/** Shannon's entropy of the characters of a text, in bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
