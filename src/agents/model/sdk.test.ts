import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const sdk = fileURLToPath(new URL("sdk.ts", import.meta.url));

/** What a probe says in a process in which this package cannot be found. */
function probed(missing: string, provider: string): string {
  const code = `
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(specifier, context, next) {
        if (specifier === ${JSON.stringify(missing)}) throw new Error("Cannot find package");
        return next(specifier, context);
      },
    });
    const { probeSdk } = await import(${JSON.stringify(sdk)});
    try {
      console.log(await probeSdk(${JSON.stringify(provider)}));
    } catch (error) {
      console.log(error.code, error.message, error.fix);
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
  });
  return stdout + stderr;
}

describe("the packages that ask models", () => {
  it("are told when one is missing, with how to install it", () => {
    for (const name of ["ai", "@ai-sdk/anthropic"]) {
      const said = probed(name, "anthropic");
      expect(said).toContain(`AGENT_UNAVAILABLE Cannot ask a model: the package ${name} is not installed`);
      expect(said).toContain("npm install ai");
    }
    expect(probed("@ai-sdk/openai-compatible", "ollama")).toContain("AGENT_UNAVAILABLE");
  });

  it("are only those that the provider needs", () => {
    expect(probed("@ai-sdk/openai-compatible", "anthropic")).toMatch(/^7\./);
    expect(probed("@pydantic/genai-prices", "openai")).toMatch(/^7\./);
  });
});
