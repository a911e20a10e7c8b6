/** What somebody does to reach a goal; each is done by a command. */
export type Role = "research" | "plan" | "work" | "check" | "write" | "setup" | "release";

const verbsOf: Readonly<Record<Exclude<Role, "plan">, string>> = {
  research:
    "research investigate analyze analyse explore find examine understand compare evaluate study look diagnose " +
    "profile explain summarize summarise list show tell search figure identify measure estimate",
  work:
    "add implement fix repair build create refactor rename remove delete update upgrade change replace migrate rewrite " +
    "port convert optimize optimise improve speed reduce extract move merge split integrate support enable disable " +
    "handle make wire connect clean correct patch bump translate generate simplify redesign introduce store cache mend " +
    "design develop write drop classify enrich label process ingest import export transform tag send polish modernize " +
    "modernise rebuild harden format sort escape resolve",
  check: "test validate verify check review audit inspect lint benchmark prove assess",
  write: "document describe",
  setup: "initialize initialise init scaffold bootstrap setup",
  release: "deploy release publish ship launch",
};

/** Which role a verb belongs to; `write` is work unless it is prose that is written. */
export const roleOfVerb: ReadonlyMap<string, Role> = new Map(
  Object.entries(verbsOf).flatMap(([role, verbs]) => verbs.split(" ").map((verb) => [verb, role as Role])),
);

/** Parts of a product that several can work on at once. */
export const components: ReadonlySet<string> = new Set(
  (
    "frontend front-end backend back-end database db api ui server client mobile web ios android cli tests docs " +
    "documentation infrastructure schema gateway worker dashboard admin catalog catalogue cart checkout payments " +
    "search notifications"
  ).split(" "),
);

/** From where one can look at a piece of work. */
export const viewpoints: ReadonlySet<string> = new Set(
  (
    "security performance accessibility usability maintainability correctness cost legal privacy scalability " +
    "reliability readability architecture testing ux"
  ).split(" "),
);

export const patterns = {
  /** Files and folders: `src/a.ts`, `./x/`, `main.py`. */
  place:
    /(?<![\w/:.-])(?:\.{0,2}\/)?[\w@.*-]+(?:\/[\w@.*-]+)+\/?|(?<![\w/.-])[\w-]+\.(?:tsx?|jsx?|mjs|py|rb|go|rs|java|kt|c|h|cpp|cs|php|swift|sql|sh|ya?ml|json|toml|md|html|css|csv|jsonl|xml|txt|lock|tf|proto)\b/gi,
  url: /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi,
  /** Words that belong together with a slash, and are no path. */
  either: /\b(?:and\/or|he\/she|ci\/cd|i\/o|tcp\/ip|read\/write|input\/output|client\/server|n\/a)\b/gi,
  wide: /\b(?:whole|entire|codebase|repo(?:sitory)?[- ]wide|everywhere|monorepo|throughout|across (?:the|all|our)|all (?:of )?(?:the|our) (?:files|modules|packages|services|components|tests|code)|every (?:file|module|package|service|component))\b/i,
  together:
    /\b(?:in parallel|at the same time|at once|simultaneously|concurrently|independent(?:ly)?|side by side|swarm)\b/i,
  inTurn: /\b(?:then|after(?:wards| that)?|based on|once (?:it|that|this|they)|next|finally|first)\b/gi,
  team: /\b(?:viewpoints?|points? of view|perspectives?|angles|experts?|specialists?|reviewers|agents|debate|vote|second opinion|opinions)\b/i,
  /** So many opinions. */
  opinions:
    /\b(two|three|four|five|several|multiple|many|[2-9])\s+(?:\w+\s+)?(?:experts?|specialists?|reviewers|agents|opinions|perspectives|viewpoints|angles)\b/i,
  stream:
    /\b(?:(?:each|every)(?: \w+)? (?:record|row|line|entry|ticket|issue|message|event|e-?mail|document|image|url|invoice|order|comment|file)|(?:all|the) (?:new |incoming )?(?:records|rows|log entries|tickets|messages|events|invoices|e-?mails)|jsonl|ndjson|csv|streams?|batch(?:es)?|ingest)\b/i,
  endless:
    /\b(?:continuous(?:ly)?|as they (?:arrive|come in)|streams?|ongoing|real[- ]time|around the clock)\b/i,
  rounds:
    /\b(?:until|iterat\w+|keep (?:on )?(?:improving|trying|going)|again and again|repeat(?:edly)?|quality (?:of |threshold )?(?:of )?\d+)\b/i,
  unknown:
    /\b(?:investigate|figure out|find out|unclear|not sure|unknown|root cause|why|explore|research|evaluate|compare|options|feasib\w+|do(?:n't| not) know|no idea|strange|flaky|intermittent\w*|sometimes|diagnose)\b/gi,
  structure:
    /\b(?:architect\w*|redesign|rewrite|rebuild|from scratch|migrat\w+|monolith|micro-?services?|distributed|end[- ]to[- ]end|multi[- ]tenant|greenfield|moderni[sz]e|framework|platform)\b|\b(?:build|design|develop|implement)\b.{0,60}\b(?:system|engine|app(?:lication)?)\b/i,
  risk: /\b(?:production|prod|deploy\w*|release|publish|security|vulnerabilit\w+|auth(?:entication|orization)?|passwords?|payments?|billing|databases?|data loss|delete|drop|credentials?|secrets?|customers?|gdpr|privacy|encrypt\w*|permissions?|migrations?|breaking|backwards? compatib\w+)\b/gi,
  small:
    /\b(?:typos?|small|simple|simply|quick(?:ly)?|trivial|tiny|minor|just|one[- ]lin(?:e|er)|single|only)\b/gi,
  quality: /\b(?:tests?|coverage|benchmarks?|documented|documentation|docs)\b/i,
  prose:
    /^write\b(?:\s+\S+){0,5}?\s+(?:docs?|documentation|readme(?:\.md)?|guide|changelog|tutorial|comments|manual|page|faq)\b/i,
  question:
    /^\s*(?:how|what|why|where|which|who|whose|is|are|was|were|does|do|did|can|could|should|explain|tell me|when)\b/i,
} as const;
