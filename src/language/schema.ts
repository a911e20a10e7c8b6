import { blackboardShape, boardShape, postsShape } from "./board-shapes.ts";
import { z } from "zod";
import type { JsonObject } from "../expression/json.ts";
import {
  caseShape,
  conditionShape,
  escalationShape,
  flowShape,
  forEachShape,
  joinShape,
  notifyShape,
  parallelShape,
  plateauShape,
  repeatShape,
  switchShape,
} from "./container-shapes.ts";
import { contextWindowShape, memoryShape, referencesShape, summarizeShape } from "./context-shapes.ts";
import {
  coverageShape,
  duplicationShape,
  filesShape,
  gateShape,
  judgeShape,
  schemaGateShape,
  secretsShape,
} from "./gate-shapes.ts";
import { pipelineSchema } from "./pipeline-schema.ts";
import { swarmSchema } from "./swarm-schema.ts";
import { rulingsShape, tallyJudgeShape, tallyShape, voteRuleShape } from "./tally-shapes.ts";
import * as tallyDocs from "./tally-key-docs.ts";
import * as gateDocs from "./gate-key-docs.ts";
import * as docs from "./key-docs.ts";
import * as swarmDocs from "./swarm-key-docs.ts";
import * as leaf from "./leaves.ts";
import {
  chainShape,
  httpShape,
  limitsShape,
  stepLimitsShape,
  retryShape,
  type Shape,
  stepShape,
  strategyShape,
  undoShape,
  waitShape,
  workflowShape,
} from "./shapes.ts";
import { mcpDocs, mcpServerDocs, mcpServerShape, mcpShape } from "./mcp-shapes.ts";
import { permissionsShape } from "./permission-shapes.ts";
import { installShape, mergeShape, workspaceShape } from "./workspace-shapes.ts";

export interface Documented {
  readonly keys: Readonly<Record<string, string>>;
  readonly parts?: Readonly<Record<string, z.ZodType>>;
}

/** All keys of a shape are optional here: which ones a thing needs depends on what it does, and is checked at load. */
function object(shape: Shape, { keys, parts = {} }: Documented): z.ZodType {
  const members = Object.entries({ ...shape.leaves, ...parts }).map(([key, schema]) => {
    const form = schema.description ? `${capital(schema.description)}.` : "";
    const described = [keys[key] ?? "", form].filter((text) => text !== "").join(" ");
    return [key, schema.optional().describe(described)];
  });
  return z.strictObject(Object.fromEntries(members) as Record<string, z.ZodType>);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

const contextWindow = z.union([
  leaf.contextBudget,
  object(contextWindowShape, {
    keys: docs.contextWindowDocs,
    parts: {
      summarize: object(summarizeShape, { keys: docs.summarizeDocs }),
      references: object(referencesShape, { keys: docs.referencesDocs }),
    },
  }),
]);
const memory = z.union([leaf.memoryName, object(memoryShape, { keys: docs.memoryDocs })]);
const jsonSchema = z.record(z.string(), z.json()).describe("a JSON Schema (2020-12)");
const strategy = z.union([
  z.enum(["stop", "continue_on_failure"]),
  object(strategyShape, { keys: { fallback: "The step of this chain that runs in its place." } }),
]);
const notify = z.union([leaf.channel, object(notifyShape, { keys: docs.notifyDocs })]);
const escalate = z.union([
  z.literal("default"),
  z.array(object(escalationShape, { keys: docs.escalationDocs, parts: { notify } })),
]);
const gate = z.union([
  leaf.filledText,
  object(gateShape, {
    keys: gateDocs.gateDocs,
    parts: {
      coverage: object(coverageShape, { keys: gateDocs.coverageDocs }),
      files: object(filesShape, { keys: gateDocs.filesDocs }),
      secrets: object(secretsShape, { keys: gateDocs.secretsDocs }),
      schema: object(schemaGateShape, {
        keys: gateDocs.schemaGateDocs,
        parts: { is: z.union([leaf.filledText, jsonSchema]) },
      }),
      judge: z.union([leaf.filledText, object(judgeShape, { keys: gateDocs.judgeDocs })]),
      duplication: z.union([leaf.filledText, object(duplicationShape, { keys: gateDocs.duplicationDocs })]),
      otherwise: leaf.json,
      escalate,
    },
  }),
]);
const gates = z.union([gate, z.array(gate)]).meta({ id: "gates", description: "A gate, or several." });
const steps: z.ZodType = z.lazy(() => z.array(step).min(1));
const chain: z.ZodType = z.lazy(() =>
  z.union([object(chainShape, { keys: docs.chainDocs, parts: { steps, error_strategy: strategy } }), steps]),
);
const join = z.union([
  leaf.join,
  object(joinShape, {
    keys: { quorum: "How many of the steps must end well; the others are then stopped." },
  }),
]);
const block: z.ZodType = z.lazy(() =>
  z.union([
    object(chainShape, { keys: docs.chainDocs, parts: { steps, error_strategy: strategy } }),
    z.array(step),
  ]),
);
const conditions: z.ZodType = z.lazy(() => z.array(condition).min(1));
const condition = object(conditionShape, { keys: docs.conditionDocs, parts: { then: block, else: block } });
const flow = z.union([object(flowShape, { keys: docs.flowDocs, parts: { conditions } }), conditions]);
const case_: z.ZodType = z.lazy(() =>
  z.union([
    z.array(step),
    object(caseShape, { keys: docs.caseDocs, parts: { steps: z.array(step), error_strategy: strategy } }),
  ]),
);
const cases = z.record(leaf.name, case_);
const items = z.union([leaf.filledText, z.array(z.json())]);
const inputTypes = z.enum(["string", "number", "integer", "boolean", "object", "array", "null"]);

const mcp = z.union([leaf.filledText, object(mcpShape, { keys: mcpDocs })]);
const undo = object(undoShape, {
  keys: { ...docs.stepDocs, on_interrupt: "What to do after a crash in the middle of the undo." },
  parts: {
    retry: z.union([leaf.count, object(retryShape, { keys: docs.retryDocs })]),
    http: z.union([leaf.filledText, object(httpShape, { keys: docs.httpDocs })]),
    mcp,
    with: leaf.json,
    args: leaf.json,
  },
}).meta({ id: "undo", description: "What takes work back." });

const tie = z.union([z.enum(["judge", "human", "fail"]), z.union([z.string(), z.number(), z.boolean()])]);
const tallyJudge = z.union([leaf.filledText, object(tallyJudgeShape, { keys: tallyDocs.tallyJudgeDocs })]);
const voteRule = object(voteRuleShape, {
  keys: tallyDocs.voteRuleDocs,
  parts: { tie, judge: tallyJudge },
});
function described(form: z.ZodType, names: readonly (keyof typeof tallyDocs.ruleDocs)[]) {
  return Object.fromEntries(names.map((name) => [name, form.optional().describe(tallyDocs.ruleDocs[name])]));
}
const ruleNames = ["majority", "unanimous", "ranked", "consensus", "voting"] as const;
const rule = z
  .union([
    z.enum(ruleNames),
    z.strictObject({
      ...described(voteRule, ruleNames),
      ...described(voteRule, ["weighted"]),
      ...described(z.union([leaf.positive, voteRule]), ["quorum"]),
      ...described(z.union([leaf.people, voteRule]), ["veto", "priority"]),
    }),
  ])
  .meta({ id: "rule", description: "How votes are counted." });
const options = z.union([leaf.filledText, z.array(z.union([z.string(), z.number(), z.boolean()]))]);
const tally = object(tallyShape, {
  keys: tallyDocs.tallyDocs,
  parts: {
    votes: leaf.json,
    rule,
    options,
    barred: options,
    tie,
    judge: tallyJudge,
    of: leaf.json,
    rulings: object(rulingsShape, {
      keys: tallyDocs.rulingsDocs,
      parts: { judge: leaf.json, human: leaf.json },
    }),
  },
});

/** Keys that steps and the agents of swarms have. */
const ofWork = {
  limits: object(stepLimitsShape, { keys: docs.stepLimitsDocs }),
  context_window: contextWindow,
  memory,
  permissions: z.union([
    leaf.permissions,
    object(permissionsShape, {
      keys: docs.stepDocs,
      parts: { otherwise: leaf.json, escalate },
    }),
  ]),
  retry: z.union([leaf.count, object(retryShape, { keys: docs.retryDocs })]),
  output: jsonSchema,
  before: gates,
  gates,
};
const swarm = swarmSchema({ object, ofWork, rule, options });

const ofSteps: Readonly<Record<string, z.ZodType>> = {
  ...ofWork,
  undo: z.union([leaf.filledText, undo]),
  error_strategy: strategy,
  http: z.union([leaf.filledText, object(httpShape, { keys: docs.httpDocs })]),
  mcp,
  wait: z.union([z.number(), z.string(), object(waitShape, { keys: docs.waitDocs })]),
  chain,
  steps,
  swarm,
  value: leaf.json,
  blackboard: z.union([
    z.literal(true),
    object(blackboardShape, {
      keys: swarmDocs.blackboardDocs,
      parts: {
        topics: z.record(z.string(), jsonSchema),
        resolve: z.union([z.enum(["latest", "first", "none"]), rule]),
      },
    }),
  ]),
  board: object(boardShape, {
    keys: swarmDocs.boardDocs,
    parts: { posts: object(postsShape, { keys: swarmDocs.postsDocs }) },
  }),
  parallel: z.union([
    z.literal(true),
    leaf.join,
    object(parallelShape, { keys: { join: "How many of the steps must end well." }, parts: { join } }),
  ]),
  with: leaf.json,
  args: leaf.json,
  flow,
  tally,
  switch: object(switchShape, { keys: docs.switchDocs, parts: { cases, default: block } }),
  repeat: z.union([
    leaf.positive,
    object(repeatShape, {
      keys: docs.repeatDocs,
      parts: { plateau: object(plateauShape, { keys: docs.plateauDocs }) },
    }),
  ]),
  for_each: z.union([items, object(forEachShape, { keys: docs.forEachDocs, parts: { items } })]),
  answer: z.union([inputTypes, leaf.filledText, z.array(z.json()).min(1), jsonSchema]),
  otherwise: leaf.json,
  escalate,
};
const pipeline = z.lazy(() => pipelineSchema({ object, ofSteps, stepDocs: docs.stepDocs, notify }));

const step: z.ZodType = object(stepShape, { keys: docs.stepDocs, parts: { ...ofSteps, pipeline } }).meta({
  id: "step",
  description:
    "One step; what it does is command, run, agent + prompt, http, function, mcp, wait, value, chain, steps, flow, switch, repeat, for_each, swarm, pipeline, tally, approval or question.",
});

const workflow = object(workflowShape, {
  keys: docs.workflowDocs,
  parts: {
    inputs: z.record(z.string(), z.union([inputTypes, jsonSchema])),
    limits: object(limitsShape, { keys: docs.limitsDocs }),
    context_window: contextWindow,
    memory,
    workspace: z.union([
      leaf.workspace,
      object(workspaceShape, {
        keys: docs.workspaceDocs,
        parts: {
          install: z.union([leaf.filledText, object(installShape, { keys: docs.installDocs })]),
          merge: object(mergeShape, { keys: docs.mergeDocs }),
        },
      }),
    ]),
    mcp_servers: z.record(leaf.name, object(mcpServerShape, { keys: mcpServerDocs })),
    undo: z.union([leaf.filledText, undo]),
    chain,
    flow,
    swarm,
    pipeline,
    gates,
  },
});

/** The published JSON Schema (2020-12) of the canonical form, with a description at every key. */
export function workflowJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(workflow, { target: "draft-2020-12", io: "input" });
  return {
    ...(JSON.parse(JSON.stringify(schema)) as JsonObject),
    title: "tutti workflow",
    anyOf: ["chain", "flow", "swarm", "pipeline"].map((kind) => ({ required: [kind] })),
  };
}
