import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runNode } from "../child.ts";
import { figureOf, type Figure } from "../figures.ts";
import { buildPackage } from "../packed.ts";
import type { MeasurePart } from "../part.ts";
import { summarize } from "../samples.ts";

const rounds = 11;
const warmUps = 2;
const workflow = 'name: one\nchain:\n  steps:\n    - {name: only, run: "true"}\n';

interface Times {
  readonly node: number[];
  readonly version: number[];
  readonly versionRatio: number[];
  readonly sourceStep: number[];
  readonly packedStep: number[];
}

/** New processes in turn: a bare Node, `--version`, and a one-step workflow from source and from the package. */
export const measureCold: MeasurePart = async ({ dir, root, tell }) => {
  const packageDir = join(dir, "package");
  await mkdir(packageDir);
  tell("building the package");
  const packed = await buildPackage(root, packageDir);
  const source = join(root, "bin", "tutti.js");
  await writeFile(join(dir, "one.yaml"), workflow);
  const times: Times = { node: [], version: [], versionRatio: [], sourceStep: [], packedStep: [] };
  for (let round = -warmUps; round < rounds; round += 1) {
    const before = await durationOf(["-e", "0"], dir);
    const version = await durationOf([packed, "--version"], dir);
    const after = await durationOf(["-e", "0"], dir);
    const sourceStep = await firstStepMs(source, dir);
    const packedStep = await firstStepMs(packed, dir);
    if (round < 0) continue;
    times.node.push(before, after);
    times.version.push(version);
    times.versionRatio.push(version / ((before + after) / 2));
    times.sourceStep.push(sourceStep);
    times.packedStep.push(packedStep);
    tell(`round ${round + 1} of ${rounds}`);
  }
  return { figures: figuresOf(times) };
};

function figuresOf({ node, version, versionRatio, sourceStep, packedStep }: Times): readonly Figure[] {
  const bare = summarize(node);
  const timeTo = (name: string, values: readonly number[], note: string): Figure =>
    figureOf(name, { samples: summarize(values), unit: "ms", note });
  const toBare = (name: string, values: readonly number[]): Figure =>
    figureOf(name, {
      samples: summarize(values.map((value) => value / bare.median)),
      unit: "ratio",
      note: "to node -e 0",
    });
  return [
    timeTo("cold.node_ms", node, "node -e 0, the whole process"),
    timeTo("cold.version_ms", version, "tutti --version, the whole process"),
    figureOf("cold.version_ratio", {
      samples: summarize(versionRatio),
      unit: "ratio",
      target: { atMost: 1.5 },
      note: "to the node -e 0 before and after it",
    }),
    timeTo(
      "cold.first_step_packed_ms",
      packedStep,
      "the package: from the command line to the first step's durable end",
    ),
    toBare("cold.first_step_packed_ratio", packedStep),
    timeTo("cold.first_step_source_ms", sourceStep, "a checkout, which runs from source"),
    toBare("cold.first_step_source_ratio", sourceStep),
  ];
}

async function durationOf(args: readonly string[], cwd: string): Promise<number> {
  const { code, durationMs } = await runNode(args, { cwd });
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}`);
  return durationMs;
}

/** From the start of the process to the line that says the first step has ended. */
async function firstStepMs(bin: string, cwd: string): Promise<number> {
  let firstMs: number | undefined;
  const { code } = await runNode(
    [bin, "run", "one.yaml", "--json", "--quiet", "--home", join(cwd, "state")],
    {
      cwd,
      onLine: (line, atMs) => {
        if (line.includes('"node.ended"')) firstMs ??= atMs;
      },
    },
  );
  if (code === 0 && firstMs !== undefined) return firstMs;
  throw new Error(`tutti run ended with ${code}, and ${firstMs === undefined ? "no" : "a"} step ended`);
}
