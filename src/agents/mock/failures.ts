import type { ErrorCode } from "../../errors.ts";
import type { Failure, Outcome } from "../../core/outcome.ts";
import type { AgentTask } from "../../ports/agent.ts";
import type { MockRule } from "./script.ts";

const codeOfClass: Readonly<Record<NonNullable<MockRule["fail"]>["class"], ErrorCode>> = {
  transient: "AGENT_FAILED",
  failure: "AGENT_FAILED",
  permanent: "AGENT_FAILED",
  quota: "QUOTA",
  timeout: "TIMEOUT",
};

/** How the work that the rule plays fails; undefined: it does not. */
export function scriptedFailure(rule: MockRule, now: number): Failure | undefined {
  if (rule.fail) {
    const { class: kind, code, message, reset } = rule.fail;
    return {
      code: code ?? codeOfClass[kind],
      message,
      class: kind,
      ...(reset === undefined ? {} : { resetAt: now + reset }),
    };
  }
  if (rule.denied.length === 0) return undefined;
  return {
    code: "AGENT_DENIED",
    message: `Cannot accept the work of the mock agent: tools were denied: ${rule.denied.join(", ")}`,
    fix: "take `denied` out of the rule",
    class: "failure",
  };
}

/** A call that nothing allows: it is stopped before, for a person to decide, or denied where nobody is to be asked. */
export function stoppedBefore(
  { asks }: MockRule,
  { permissions, decided }: AgentTask,
): Pick<Outcome, "failure" | "deferred"> | undefined {
  if (!asks || decided) return undefined;
  const failure: Failure = {
    code: "AGENT_DENIED",
    message: `Cannot accept the work of the mock agent: nothing allows ${asks.tool}(${JSON.stringify(asks.input)})`,
    fix: "let a person decide with `permissions: ask`, or take `asks` out of the rule",
    class: "failure",
  };
  return { failure, ...(permissions === "ask" ? { deferred: { id: "mock", ...asks } } : {}) };
}
