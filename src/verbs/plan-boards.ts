import { compiledStep } from "../core/compiled.ts";
import type { BoardUse } from "../language/boards.ts";
import type { Chain, Step, Topology, Workflow } from "../language/workflow.ts";
import { chainsOf } from "./placed-steps.ts";

/** Who will see whose output on a blackboard, and beside it. */
export interface BoardPlan {
  /** Of the group with the blackboard. */
  readonly address: string;
  readonly topology?: Topology;
  readonly agents: readonly BoardReader[];
}

export interface BoardReader {
  readonly name: string;
  /** Agents whose entries on the blackboard it sees besides its own; `all`, or none where it does not look. */
  readonly board: "all" | readonly string[];
  /** It sees them only after all that are at work at the same time are done. */
  readonly barrier?: true;
  /** Agents whose answers it is given itself. */
  readonly given: readonly string[];
}

export function boardsPlan(workflow: Workflow): { readonly boards?: readonly BoardPlan[] } {
  const boards = boardsIn(workflow.chain, "");
  return boards.length === 0 ? {} : { boards };
}

function boardsIn({ steps }: Chain, prefix: string): readonly BoardPlan[] {
  return steps.flatMap((step) => {
    const { action } = step;
    const address = prefix + step.name;
    const inner = chainsOf(action).flatMap(({ chain, part }) => boardsIn(chain, `${address}${part}/`));
    if (action.kind !== "chain" || !action.board) return inner;
    const { swarm: topology } = action;
    return [{ address, ...(topology ? { topology } : {}), agents: readersIn(action.chain) }, ...inner];
  });
}

/** A step that uses the blackboard, and the blocks around it inside the group, the innermost first. */
interface Placed {
  readonly step: Step;
  readonly board: BoardUse;
  readonly around: readonly (readonly Step[])[];
  /** Steps that hold it. */
  readonly holders: readonly Step[];
}

function readersIn(chain: Chain): readonly BoardReader[] {
  const placed = usesIn(chain, { around: [], holders: [] }).filter(isWork);
  const names = [...new Set(placed.map(({ board }) => board.as))];
  return names.map((name) =>
    readerOf(
      name,
      placed.filter(({ board }) => board.as === name),
    ),
  );
}

/** A wait looks at the board for the agent whose turn is next. */
function isWork({ step }: Placed): boolean {
  return step.action.kind !== "wait";
}

function usesIn(
  { steps }: Chain,
  { around, holders }: Pick<Placed, "around" | "holders">,
): readonly Placed[] {
  const blocks = [steps, ...around];
  return steps.flatMap((step) => {
    const { action, board } = step;
    const own = board ? [{ step, board, around: blocks, holders }] : [];
    if (action.kind === "chain" && action.board) return own;
    const inside = { around: blocks, holders: [step, ...holders] };
    return [...own, ...chainsOf(action).flatMap(({ chain }) => usesIn(chain, inside))];
  });
}

function readerOf(name: string, placed: readonly Placed[]): BoardReader {
  const looking = placed.filter(({ step }) =>
    compiledStep(step).references.some(({ root }) => root === "board"),
  );
  const all = looking.some(({ board }) => board.sees === undefined);
  const seen = looking.flatMap(({ board }) => board.sees ?? []).filter((other) => other !== name);
  const given = placed.flatMap(givenTo).filter((other) => other !== name);
  return {
    name,
    board: all ? "all" : [...new Set(seen)],
    ...(looking.some(({ board }) => board.barrier) ? { barrier: true } : {}),
    given: [...new Set(given)],
  };
}

/** The agents whose answers stand in what the step is asked, or in the list whose item it does. */
function givenTo({ step, around, holders }: Placed): readonly string[] {
  const lists = holders.filter(({ action }) => action.kind === "each");
  const within = { around, passed: [] };
  return [step, ...lists].flatMap((reader) =>
    compiledStep(reader).references.flatMap(({ root, path }) => {
      const name = root === "steps" ? (path[0] ?? "") : root;
      const found = around.flatMap((steps) => steps.find((one) => one.name === name) ?? [])[0];
      if (!found || !holders.includes(found)) return found ? writersIn(found, within) : [];
      // of its own loop it is given what a step of the round before gave
      const before =
        path[0] === "last" ? around.flatMap((steps) => steps.find((one) => one.name === path[1]) ?? []) : [];
      return before.flatMap((one) => writersIn(one, within));
    }),
  );
}

interface Within {
  readonly around: readonly (readonly Step[])[];
  /** Values that are being looked into: one may be made of what it was in the round before. */
  readonly passed: readonly Step[];
}

/** A value that is taken from the board has what came onto it as a whole output, whoever wrote that; another what it is made of. */
function writersIn(step: Step, within: Within): readonly string[] {
  const { action, board } = step;
  if (action.kind === "value") return writersOf(step, within);
  const own = board ? [board.as] : [];
  return [
    ...own,
    ...chainsOf(action).flatMap(({ chain }) => chain.steps.flatMap((one) => writersIn(one, within))),
  ];
}

function writersOf(step: Step, { around, passed }: Within): readonly string[] {
  if (passed.includes(step)) return [];
  const { references } = compiledStep(step);
  if (references.some(({ root }) => root === "board")) return (around.at(-1) ?? []).flatMap(resultsIn);
  const within = { around, passed: [...passed, step] };
  const read = around
    .flat()
    .filter((one) => one !== step && references.some(({ root }) => root === one.name));
  return read.flatMap((one) => writersIn(one, within));
}

function resultsIn({ action, board }: Step): readonly string[] {
  const own = board?.posts?.topic === "result" ? [board.as] : [];
  return [...own, ...chainsOf(action).flatMap(({ chain }) => chain.steps.flatMap(resultsIn))];
}
