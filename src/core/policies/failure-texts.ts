import type { FailureKind } from "./failure-kinds.ts";

/** The first that fits decides: what is exact stands before what is common. */
type Rule = readonly [kind: FailureKind, patterns: readonly RegExp[]];

/** An HTTP status as texts name it: `status 503`, `HTTP/1.1 503`, `code: 503`, `error: 503`, `API Error: 503`, `E503`. */
function status(codes: string): RegExp {
  return new RegExp(
    `(?:\\b(?:status(?: code)?|https?(?:/[\\d.]+)?|code|error|rejected|returned(?: error)?)[:= (]*|\\bE)(?:${codes})\\b`,
    "i",
  );
}

const rules: readonly Rule[] = [
  [
    "system.context",
    [
      /prompt is too long/i,
      /context[_ -]length[_ ]exceeded|context (?:window|limit)|maximum context/i,
      /input (?:length|is too long|tokens?)\b.*\b(?:exceed|max_tokens|too long)/i,
      /\brequest_too_large\b|conversation is too long|exceeds the maximum number of (?:input )?tokens/i,
    ],
  ],
  [
    "system.storage",
    [
      /\bENOSPC\b|no space left on device|disk (?:is )?full|not enough (?:disk )?space/i,
      /\bEDQUOT\b|disk quota exceeded/i,
      /\bEROFS\b|read-only file ?system|\bEIO\b|input\/output error/i,
      /\b(?:EACCES|EPERM)\b.*\b(?:open|mkdir|rename|unlink|rmdir|scandir|copyfile|write|access|symlink)\b/i,
      /database disk image is malformed|SQLITE_(?:FULL|CORRUPT|IOERR)/i,
      /\bbad object\b|object file .* is empty|loose object .* is corrupt/i,
    ],
  ],
  [
    "coordination.contention",
    [
      /index\.lock['"]?: file exists|another git process seems to be running|cannot lock ref|could not lock config file/i,
      /database (?:table )?is locked|SQLITE_BUSY|lock wait timeout exceeded|deadlock (?:detected|found)/i,
      /could not get lock|unable to acquire .*lock|\bELOCKED\b|lock file .* (?:exists|is held)|waiting for .* lock/i,
      /\bEADDRINUSE\b|address already in use|\bEBUSY\b|resource busy|\bETXTBSY\b|text file busy/i,
      /could not serialize access/i,
    ],
  ],
  [
    "system.access",
    [
      /invalid (?:x-)?api[- ]key|incorrect api key|api key (?:is )?(?:invalid|missing|not (?:set|found|valid))/i,
      /authentication[_ ](?:error|failed)|could not (?:be )?authenticate|not logged in|please run \/login|gh auth login/i,
      /oauth token (?:has )?(?:expired|been revoked)|token (?:has )?expired|bad credentials|invalid credentials/i,
      /credit balance is too low|insufficient_quota|check your plan and billing|billing_error|payment required/i,
      /permission_error|permission denied \(publickey|could not read (?:username|password)|host key verification failed/i,
      /\bENEEDAUTH\b|\bE40[13]\b|unauthori[sz]ed|repository not found|does not have access|access denied/i,
      status("401|402|403|407"),
    ],
  ],
  [
    "system.quota",
    [
      /usage limit reached|\b(?:you've|you have) (?:hit|reached) your (?:[\w-]+ )*limit|limit reached\b.*\bresets?\b/i,
      /\brate[- _]?limit(?:ed|s|_error|_exceeded)?\b|too many requests|overloaded|\bRESOURCE_EXHAUSTED\b/i,
      /quota exceeded|exceeded (?:your|the) (?:current )?quota|out of extra usage|toomanyrequests/i,
      status("429|529"),
    ],
  ],
  [
    "command.resource",
    [
      /out of memory|\bOOM(?:Killed)?\b|\bENOMEM\b|cannot allocate memory|heap limit|memory limit exceeded/i,
      /\bEMFILE\b|\bENFILE\b|too many open files|fork: (?:retry|resource temporarily)|argument list too long|\bE2BIG\b/i,
      /killed by SIGKILL|exit status 137|maximum (?:budget|number of turns)|call stack size exceeded/i,
    ],
  ],
  [
    "quality.security",
    [
      /\bCVE-\d{4}-\d+|\d+ (?:\w+ )?(?:high|critical) (?:severity )?vulnerabilit|found \d+ vulnerabilit/i,
      /push protection|secrets? (?:was |were )?(?:detected|found|leaked)|leaks found|private key found/i,
    ],
  ],
  [
    "coordination.synchronisation",
    [
      /updates were rejected|\(non-fast-forward\)|\(fetch first\)|merge conflict in|automatic merge failed|patch does not apply/i,
      /would be overwritten by (?:merge|checkout)|you have unmerged (?:paths|files)|stale info|could not apply [0-9a-f]{7}/i,
      status("409|412"),
    ],
  ],
  [
    "quality.compliance",
    [
      /protected branch|pre-commit hook|pre-receive hook declined|commitlint|subject may not be empty/i,
      /code style issues|\d+ problems? \(\d+ errors?|would reformat|license (?:check|violation|not allowed)|policy violation/i,
    ],
  ],
  [
    "quality.performance",
    [
      /performance budget|bundle size|exceeds? the (?:size|time|performance) (?:limit|budget)|\bp9[059]\b.*(?:above|exceed|over)/i,
      /slower than the baseline|regression of \d+(?:\.\d+)? ?%/i,
    ],
  ],
  [
    "quality.gate",
    [
      /\btests?:? +\d+ failed|\b\d+ (?:tests? )?(?:failed|failing)\b|AssertionError|assertion failed|test failed/i,
      /coverage (?:threshold|for \w+).*not met|does not meet .*threshold|^(?:---? )?FAIL\b|error TS\d+/im,
    ],
  ],
  [
    "coordination.timeout",
    [
      /timed out waiting (?:for|on)|gave up waiting|deadline for .* has passed|did not become (?:ready|healthy)/i,
    ],
  ],
  [
    "system.network",
    [
      /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ESOCKETTIMEDOUT|EPIPE|UND_ERR_\w+)\b/,
      /could ?n[o']t resolve|name resolution|host name is unknown|no route to host|network is unreachable/i,
      /connection (?:error|refused|reset|closed|timed out|was (?:cut|reset|refused|closed)|aborted)|failed to connect/i,
      /socket hang up|fetch failed|tls handshake|ssl_(?:error|connect)|certificate (?:problem|has expired|verify failed)/i,
      /early EOF|unexpected disconnect|rpc failed; curl|remote end hung up|nobody listens there|host does not answer/i,
      /the internet connection|network (?:error|timeout|connection lost)|curl: \((?:5|6|7|28|35|52|56)\)/i,
    ],
  ],
  [
    "system.external",
    [
      /internal server error|bad gateway|service (?:is )?(?:temporarily )?unavailable|gateway time-?out|\bapi_error\b/i,
      /server had an error|upstream (?:connect )?error|temporarily unavailable, please|\bEINTEGRITY\b/i,
      status("5\\d\\d"),
    ],
  ],
  [
    "command.timeout",
    [
      /timed? ?out\b|timeout of \d+ ?ms exceeded|exceeded timeout|deadline exceeded|DEADLINE_EXCEEDED|exit status 124/i,
    ],
  ],
  [
    "coordination.dependency",
    [
      /cannot find (?:module|package)|ModuleNotFoundError|no module named|command not found|: not found$|exit status 127/im,
      /\bERESOLVE\b|\bETARGET\b|\bE404\b|no matching version|unable to locate package|missing script|unmet (?:peer )?dependenc/i,
      /\bENOENT\b|no such file or directory|pathspec .* did not match|unknown revision|not a git repository/i,
    ],
  ],
  ["command.partial", [/\bpartial(?:ly)?\b|only (?:in )?part|\bincomplete\b/i]],
];

/** What kind of failure the words speak of; undefined when they name none. */
export function kindOfText(text: string): FailureKind | undefined {
  const read = readPart(text);
  return rules.find(([, patterns]) => patterns.some((pattern) => pattern.test(read)))?.[0];
}

/** The first and the last words: whoever fails says there why, and a search through megabytes takes its time. */
function readPart(text: string): string {
  return text.length > 4000 ? `${text.slice(0, 1000)}\n${text.slice(-3000)}` : text;
}

/** Last words of well-known programs after which the same line may succeed a moment later. */
const passing: readonly RegExp[] = [
  /^fatal: unable to access .*(?:could not resolve host|connection (?:timed out|reset|refused)|failed to connect|5\d\d)/im,
  /^(?:error|fatal): .*(?:rpc failed; curl|early EOF|unexpected disconnect|remote end hung up)/im,
  /^fatal: unable to create .*index\.lock'?: file exists/im,
  /^npm (?:error|ERR!) (?:code|network) (?:E(?:AI_AGAIN|TIMEDOUT|CONNRESET|CONNREFUSED|NOTFOUND|SOCKETTIMEDOUT|50\d)|socket)/im,
  /^curl: \((?:5|6|7|18|28|35|52|55|56)\) /m,
  /^E: could not get lock /im,
  /^ssh: (?:connect to host .* (?:timed out|refused)|could not resolve hostname)/im,
];

/** True when a program's last words say that it met what passes by itself: the network, or another's lock. */
export function passesByItself(text: string): boolean {
  const read = readPart(text);
  return passing.some((pattern) => pattern.test(read));
}
