import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadWorkflow } from "./load.ts";
import { migrate } from "./migrate.ts";
import type { Chain } from "./workflow.ts";

const folder = fileURLToPath(new URL("../../../shared/seeds/", import.meta.url));
const patternFile = fileURLToPath(
  new URL("../commands/library/patterns/research_plan_execute.yaml", import.meta.url),
);

/** The fenced examples of the source documents that describe a workflow; each TypeScript literal by itself. */
function examples(): { readonly where: string; readonly text: string }[] {
  return readdirSync(folder).flatMap((file) => {
    const lines = readFileSync(folder + file, "utf8").split("\n");
    return lines.flatMap((line, at) => {
      if (!/^\s*```(yaml|json|python|typescript)\s*$/.test(line)) return [];
      const end = lines.findIndex((other, index) => index > at && /^\s*```/.test(other));
      const body = lines.slice(at + 1, end).join("\n");
      const parts = body.split(/\n(?=\/\/ Example|const )/).filter((part) => isWorkflow(part));
      return parts.map((text, part) => ({ where: `${file}:${at + 1}.${part}`, text }));
    });
  });
}

function isWorkflow(text: string): boolean {
  const looks =
    /^\s*(\/\w+|workflow_id|start_command):|"type": "(chain|swarm)"|new WorkflowOrchestrator\(/m.test(text);
  return looks && !/^\s*interface /m.test(text);
}

function names(chain: Chain): string {
  return chain.steps
    .map((step) => {
      const { action } = step;
      const inner =
        action.kind === "chain"
          ? `[${action.call ? "…" : names(action.chain)}]`
          : action.kind === "branch"
            ? `{${action.ways.map((way) => `${way.name}: ${names(way.chain)}`).join(" | ")}}`
            : "";
      return (
        step.name +
        inner +
        (step.needs.length > 0 ? `<-${step.needs.map((need) => need.step).join("+")}` : "")
      );
    })
    .join(" ");
}

describe.skipIf(!existsSync(folder))(
  "the workflows of the source documents (../shared/seeds, skipped when absent)",
  () => {
    const pattern = loadWorkflow(readFileSync(patternFile, "utf8")).workflow;
    const known = { workflows: pattern ? { "pattern:research_plan_execute": pattern } : {} };
    const loaded = existsSync(folder)
      ? examples().map((one) => ({ ...one, ...loadWorkflow(one.text, known) }))
      : [];

    it("load as they are when they are chains or swarms", () => {
      const chains = loaded.flatMap(({ workflow }) =>
        workflow && !workflow.chain.steps.some(({ action }) => action.kind === "branch")
          ? [`${workflow.name}: ${names(workflow.chain)}`]
          : [],
      );
      expect(chains.sort()).toEqual([
        "e_commerce_platform: swarm swarm_parallel[frontend_task backend_task database_task testing_task<-frontend_task+backend_task+database_task]<-swarm session<-swarm_parallel gates<-swarm+swarm_parallel+session",
        "initialize_validate_deploy: init validate<-init protocol<-validate",
        "multi_agent_development: swarm swarm_parallel[frontend_task backend_task testing_task<-frontend_task+backend_task]<-swarm session<-swarm_parallel",
        "parallel_component_dev: frontend_task backend_task testing_task<-frontend_task+backend_task",
        "research_plan_execute: query feature<-query task<-feature",
        "research_plan_execute_auth: query feature<-query task<-feature",
        "user_authentication_system: query feature<-query task<-feature gates<-query+feature+task",
        "workflow: analyze_codebase fix_issues<-analyze_codebase validate_fixes<-fix_issues",
        "workflow: analyze_codebase fix_issues<-analyze_codebase validate_fixes<-fix_issues",
        "workflow: pipeline",
        "workflow: swarm[brief plan{coordinator: turn | ask_a_person: once_more turn} work<-plan+brief written results<-work+written report{aggregator: turn | ask_a_person: once_more turn}<-results result<-work]",
        "workflow: swarm[brief plan{coordinator: turn | ask_a_person: once_more turn} work<-plan+brief written results<-work+written report{coordinator: turn | ask_a_person: once_more turn}<-results result<-work]",
      ]);
    });

    it("are all of a kind that there is", () => {
      expect(loaded.filter(({ workflow, text }) => !workflow && !/^\s*\/flow:/m.test(text))).toEqual([]);
    });

    it("are pipelines with all that they say of them", () => {
      const pipelines = loaded.filter(({ text }) => text.includes("/pipeline:"));
      const actions = pipelines.map(({ workflow }) => workflow?.chain.steps[0]?.action);
      const stage = (name: string, batchSize: number, most: number) => ({
        name,
        batchSize,
        parallelism: { least: most, most },
        work: { kind: "workflow" },
      });
      expect(actions).toMatchObject([
        {
          kind: "pipeline",
          source: { kind: "list", items: "${ inputs.records }" },
          stages: [stage("intake", 10, 3), stage("analysis", 5, 5), stage("output", 1, 2)],
          sinks: [{ kind: "result", from: ["output"] }],
          flow: { backpressure: true, bufferSize: 100, overflow: "drop_oldest" },
          alerts: [{ when: "error_rate > 0.05", forMs: 60_000, notify: "terminal" }],
        },
      ]);
      const [warnings] = pipelines.map(({ problems }) => problems);
      expect(warnings?.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
        "warning MISSING_KEY",
        "warning BAD_VALUE",
      ]);
    });

    it("are swarms with all that they say of them", () => {
      const swarms = loaded.flatMap(({ workflow, text, problems }) => {
        const [step] = workflow?.chain.steps ?? [];
        return step?.action.kind === "chain" && step.action.swarm ? [{ step, text, problems }] : [];
      });
      expect(swarms.map(({ problems }) => problems)).toEqual([[], []]);
      const limits = swarms.map(({ step }) => step.limits?.timeMs);
      expect(new Set(limits)).toEqual(new Set([1_800_000, undefined]));
      for (const { step, text } of swarms) {
        const board = { resolve: { rule: { kind: "unanimous" } } };
        expect(step.action).toMatchObject({ swarm: "hierarchical", board });
        const whole = JSON.stringify(step);
        const said = ["Bash(security-scan:*)", "claude-4-sonnet", "claude-4-opus"];
        for (const one of said) expect(whole, text).toContain(one);
      }
    });

    it("load when they decide or route", () => {
      const all = loaded.filter(({ text }) => /^\s*(\/flow|routing_logic):/m.test(text));
      const decisions = all.map(({ text }) => loadWorkflow(text, known));
      const codes = decisions.flatMap(({ problems }) => problems.map(({ code }) => code));
      expect(new Set(codes)).toEqual(new Set(["JUDGED"]));
      const shown = decisions.flatMap(({ workflow }) => (workflow ? [names(workflow.chain)] : []));
      expect(shown.sort()).toEqual([
        "auto route{simple_single_file_task: task | complex_research_required: query research_plan_execute[…]<-query | multi_component_architecture: swarm | production_deployment: protocol | documentation_focus: docs}<-auto",
        "auto route{simple_task_detected: task | complex_requirements_detected: query research_plan_execute[…]<-query | multi_component_scope_detected: swarm | production_deployment_required: protocol | documentation_needed: docs}<-auto",
        "c1{then: swarm | else: task} c2{then: protocol | else: docs}",
      ]);
      for (const { text } of all) {
        const migrated = migrate(text).text;
        expect(loadWorkflow(migrated, known).workflow).toEqual(loadWorkflow(text, known).workflow);
      }
    });

    it("mean the same after `tutti migrate`, which needs to be done once only", () => {
      for (const { text, workflow, where } of loaded.filter((one) => one.workflow)) {
        const migrated = migrate(text).text;
        const again = loadWorkflow(migrated, known);
        expect(again.dialect, where).toBe("canonical");
        expect(again.workflow, where).toEqual(workflow);
        expect(migrate(migrated).text).toBe(migrated);
      }
    });
  },
);
