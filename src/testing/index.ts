/**
 * For those who write an executor or agent of their own, or test what they build on tutti: the contract suites that
 * the built-in drivers run, and drivers that keep everything in memory. Needs vitest.
 */
export { everyAbility } from "./agent-abilities.ts";
export { describeAgentContract, type AgentFactory, type AgentScenario } from "./agent-contract.ts";
export { describeExecutorContract, type ExecutorCase } from "./executor-contract.ts";
export { createTaskContext, testPolicy, type TaskContextOptions, type TestTask } from "./task-context.ts";
export { createFakeClock, type FakeClock } from "../runtimes/memory/fake-clock.ts";
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from "../runtimes/memory/store.ts";
