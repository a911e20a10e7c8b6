import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isObject } from "../expression/json.ts";
import { workflowJsonSchema } from "./schema.ts";

const schema = workflowJsonSchema();

/** Every object in the schema that lists properties. */
function* objects(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (Array.isArray(value)) for (const item of value) yield* objects(item);
  if (!isObject(value)) return;
  if (isObject(value["properties"])) yield value["properties"];
  for (const item of Object.values(value)) yield* objects(item);
}

describe("workflowJsonSchema", () => {
  it("is JSON Schema 2020-12 with a description at every key", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      anyOf: ["chain", "flow", "swarm", "pipeline"].map((kind) => ({ required: [kind] })),
    });
    const all = [...objects(schema)];
    expect(all.length).toBeGreaterThan(8);
    for (const properties of all) {
      for (const [key, property] of Object.entries(properties)) {
        expect(isObject(property) && property["description"], key).toMatch(/^[A-Z2].*\.$/);
      }
    }
  });

  it("accepts the canonical form and refuses unknown keys and wrong values, at any depth", () => {
    const validator = z.fromJSONSchema(schema);
    const step = {
      name: "a",
      command: "/query",
      retry: { max: 2 },
      gates: [{ run: "x" }, "tests"],
      timeout: "5m",
    };
    const good = {
      name: "x",
      inputs: { a: "string", b: { type: "integer" } },
      limits: { cost: "10 USD" },
      chain: { parallel_where_possible: true, steps: [step, { steps: [step], parallel: { join: "all" } }] },
    };
    expect(validator.safeParse(good).success).toBe(true);
    expect(validator.safeParse({ ...good, chain: [{ ...step, timout: 1 }] }).success).toBe(false);
    expect(validator.safeParse({ ...good, chain: [{ steps: [{ nam: "x" }] }] }).success).toBe(false);
    expect(validator.safeParse({ ...good, limits: { money: 1 } }).success).toBe(false);
  });

  it("accepts swarms, as steps and as whole workflows, and refuses what is wrong inside them", () => {
    const validator = z.fromJSONSchema(schema);
    const swarm = {
      topology: "mesh",
      task: "which?",
      rounds: 2,
      agents: {
        ann: null,
        bob: {
          role: "counts",
          backup: ["ann"],
          impact: "minor",
          thinking: "instant",
          gates: [{ run: "x" }],
          output: {},
        },
      },
      coordination: { communication: "synchronous", conflict_resolution: { priority: ["bob", "ann"] } },
      execution: { parallel_limit: 2, timeout: 1800, retry_strategy: "none" },
      decision: { options: ["a", "b"], blind: false },
      topics: { fact: { type: "string" } },
      context_window: { budget: "8k" },
    };
    expect(validator.safeParse({ swarm }).error?.issues ?? []).toEqual([]);
    expect(validator.safeParse({ chain: [{ name: "talk", swarm }] }).success).toBe(true);
    const bad = [
      { ...swarm, topology: "ring" },
      { ...swarm, agent: {} },
      { ...swarm, agents: { ann: { rule: "x" } } },
      { ...swarm, agents: { ann: { steps: [] } } },
      { ...swarm, execution: { parallel: 2 } },
      { ...swarm, decision: { options: {} } },
    ];
    for (const one of bad)
      expect(validator.safeParse({ swarm: one }).success, JSON.stringify(one)).toBe(false);
  });

  it("accepts pipelines, as steps and as whole workflows, and refuses what is wrong inside them", () => {
    const validator = z.fromJSONSchema(schema);
    const pipeline = {
      source: { csv: ["a.csv"], separator: ";" },
      stages: [
        { name: "keep", when: "record.x > 1" },
        {
          name: "ask",
          command: "/query",
          params: "${ batch }",
          batch_size: 5,
          rate_limit: "60/min",
          gates: [{ run: "x" }],
        },
        {
          name: "nested",
          from: "keep",
          steps: [{ name: "a", prompt: "${ record }" }],
          parallelism: { least: 1, most: 4 },
        },
        {
          reduce: {
            window: { time: "5m", at: "record.at" },
            by: ["record.a"],
            give: { n: "count", b: { sum: "record.b" }, c: { list: "record.c", most: 5 } },
          },
        },
      ],
      sinks: [
        { name: "out", jsonl: "out.jsonl", from: ["nested"] },
        "rest.csv",
        { http: { url: "https://x" } },
      ],
      flow_control: { backpressure: true, buffer_size: 100, overflow_strategy: "block" },
      monitoring: { throughput_tracking: true, error_rate_alerting: { threshold: 0.1 } },
      alerts: [{ when: "dead > 0", for: "1m", notify: "desktop" }],
    };
    expect(validator.safeParse({ pipeline }).error?.issues ?? []).toEqual([]);
    expect(validator.safeParse({ chain: [{ name: "flow", pipeline: { source: "-" } }] }).success).toBe(true);
    const bad = [
      { ...pipeline, source: { jsnl: "x" } },
      { ...pipeline, stages: [{ run: "x", batch: 1 }] },
      { ...pipeline, stages: [{ run: "x", depends_on: ["y"] }] },
      { ...pipeline, stages: [{ steps: [{ rum: "x" }] }] },
      { ...pipeline, stages: [{ reduce: { give: { a: { max: "record.x" } } } }] },
      { ...pipeline, sinks: [{ jsonl: 5 }] },
      { ...pipeline, flow_control: { overflow_strategy: "drop" } },
      { ...pipeline, alerts: [{ when: "true", notify: "pigeon" }] },
    ];
    for (const one of bad)
      expect(validator.safeParse({ pipeline: one }).success, JSON.stringify(one)).toBe(false);
  });

  it("accepts decisions, loops, fan-out and people, and refuses what is wrong inside them", () => {
    const validator = z.fromJSONSchema(schema);
    const accepts = (step: unknown) => validator.safeParse({ chain: [step] }).success;
    const steps = [{ run: "x" }];
    const good = [
      { flow: { conditions: [{ if: "true", then: steps, else: { steps } }], adaptive: true } },
      {
        switch: {
          adaptive: true,
          learning: false,
          on: "a",
          cases: { a: steps, b: { is: ["c", 1], steps } },
          default: [],
        },
      },
      { repeat: { until: "true", max: 3, plateau: { of: "1", rounds: 2 }, otherwise: "accept" }, steps },
      { repeat: 3, steps },
      { for_each: { items: "${ a }", as: "x", key: "x.id", concurrency: 2 }, steps },
      { for_each: [1, 2], steps },
      { parallel: { join: { quorum: 2 } }, steps },
      {
        approval: "ok?",
        by: ["a"],
        quorum: 1,
        deadline: "1h",
        escalate: [{ after: "5m", notify: "terminal" }],
      },
      { question: "which?", answer: ["a", "b"], deadline: 5, otherwise: "a" },
    ];
    for (const step of good) expect(accepts(step), JSON.stringify(step)).toBe(true);
    const bad = [
      { flow: { conditions: [{ if: "true", than: steps }] } },
      { flow: { conditions: [{ if: "true", then: steps }], adaptive: "yes" } },
      { repeat: { max: 0 }, steps },
      { for_each: { concurrency: 0 }, steps },
      { parallel: { join: "some" }, steps },
      { approval: "ok?", escalate: [{ after: "5m", notify: "pigeon" }] },
    ];
    for (const step of bad) expect(accepts(step), JSON.stringify(step)).toBe(false);
  });
});
