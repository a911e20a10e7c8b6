/**
 * Names of gates and criteria that the older dialects use, with a gate that really checks what is meant: what to write in
 * tutti.yaml. Tools and limits are for the project to choose; where no program can tell, another agent judges.
 */
export const knownCriteria: Readonly<Record<string, string>> = {
  comprehensive_analysis: judge("the analysis covers all that was asked, with sources"),
  security_considerations: judge("each security risk is named, with what is done about it"),
  performance_implications: judge("what it costs in time and memory is said, with figures"),
  architectural_soundness: judge("the design says its parts, their interfaces and how each fails"),
  scalability_validation: judge("the design says what happens at ten times the load"),
  research_completeness: judge("at least 90 % of the security considerations are answered"),
  planning_thoroughness: judge("the plan has requirements and technical specifications"),
  component_completion: "{run: npm run build && npm test}",
  security_compliance: "{run: npm audit --audit-level=high}",
  security_testing: "{run: npm run test:security}",
  security_audit: "{run: npm audit --audit-level=high}",
  zero_security_issues: "{run: npm audit --audit-level=low}",
  tdd_compliance: '{files: {require: ["**/*.test.*"]}}',
  implementation_quality: "{coverage: {file: coverage/lcov.info, lines: 100}}",
  performance_validation: "{run: npm run bench}",
  performance_benchmarks: "{run: npm run bench}",
  performance_targets: "{run: npm run bench -- --most-ms 200}",
  configuration_valid: "{schema: {file: config.json, is: config.schema.json}}",
  framework_compatible: "{run: npm ls --all}",
  structure_compliant: '{files: {allow: ["src/**", "docs/**"]}}',
  all_validations_passed: "{run: npm run validate}",
  end_to_end_functionality: "{run: npm run test:e2e}",
  integration_success: "{run: npm run test:integration}",
  maximum_strictness: "{run: npm run validate, level: maximum}",
};

function judge(criterion: string): string {
  return `{judge: {criteria: ["${criterion}"]}}`;
}
