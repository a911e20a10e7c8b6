/** What is meant by a name: what a judge is asked and, where a program can tell, what to write in tutti.yaml. */
export interface KnownCriterion {
  readonly sentence: string;
  /** Tools and limits are for the project to choose: an example. */
  readonly gate?: string;
}

/** What the strictest level of enforcement means. */
export const strictest =
  "all that was asked is done without exception, and what can be tested is tested and passes";

/** Names of gates and criteria that the older dialects use. */
export const knownCriteria: Readonly<Record<string, KnownCriterion>> = {
  comprehensive_analysis: { sentence: "the analysis covers all that was asked, with sources" },
  security_considerations: { sentence: "each security risk is named, with what is done about it" },
  performance_implications: { sentence: "what it costs in time and memory is said, with figures" },
  architectural_soundness: { sentence: "the design says its parts, their interfaces and how each fails" },
  scalability_validation: { sentence: "the design says what happens at ten times the load" },
  research_completeness: { sentence: "at least 90 % of the security considerations are answered" },
  planning_thoroughness: { sentence: "the plan has requirements and technical specifications" },
  component_completion: {
    sentence: "every component is there, builds, and passes its tests",
    gate: "{run: npm run build && npm test}",
  },
  security_compliance: {
    sentence: "no security problem of high severity is known in it or in what it uses",
    gate: "{run: npm audit --audit-level=high}",
  },
  security_testing: {
    sentence: "tests show that what must not be possible is refused",
    gate: "{run: npm run test:security}",
  },
  security_audit: {
    sentence: "it was searched for security problems, and none of high severity is left",
    gate: "{run: npm audit --audit-level=high}",
  },
  zero_security_issues: {
    sentence: "no security problem of any severity is known in it or in what it uses",
    gate: "{run: npm audit --audit-level=low}",
  },
  tdd_compliance: {
    sentence: "all that is new has tests, which would fail without it",
    gate: '{files: {require: ["**/*.test.*"]}}',
  },
  implementation_quality: {
    sentence: "all that was asked is there and tested, and nothing is left as a placeholder",
    gate: "{coverage: {file: coverage/lcov.info, lines: 100}}",
  },
  performance_validation: {
    sentence: "how fast it is was measured, and it is fast enough for its use",
    gate: "{run: npm run bench}",
  },
  performance_benchmarks: {
    sentence: "benchmarks of what matters were run, and their figures are good enough",
    gate: "{run: npm run bench}",
  },
  performance_targets: {
    sentence: "the targets for speed are named, and measurements meet them",
    gate: "{run: npm run bench -- --most-ms 200}",
  },
  configuration_valid: {
    sentence: "every configuration file is well-formed and has what its program asks for",
    gate: "{schema: {file: config.json, is: config.schema.json}}",
  },
  framework_compatible: {
    sentence: "the versions of all that is used fit together",
    gate: "{run: npm ls --all}",
  },
  structure_compliant: {
    sentence: "every file lies where the project has such files",
    gate: '{files: {allow: ["src/**", "docs/**"]}}',
  },
  all_validations_passed: {
    sentence: "every check that the project has was run and passes",
    gate: "{run: npm run validate}",
  },
  end_to_end_functionality: {
    sentence: "the whole works, from what a user does to what comes of it",
    gate: "{run: npm run test:e2e}",
  },
  integration_success: {
    sentence: "the parts work together without conflicts",
    gate: "{run: npm run test:integration}",
  },
  maximum_strictness: { sentence: strictest, gate: "{run: npm run validate, level: maximum}" },
};
