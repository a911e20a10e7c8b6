import type { Report } from "../diagnostics/report.ts";
import type { NameUse } from "../drafts.ts";
import { below, type Spot } from "../places.ts";
import { type Located, shown } from "../read/loading.ts";
import { isObject } from "../../expression/json.ts";

/** A text and where it stands. */
interface Written {
  readonly value: string;
  readonly spot: Spot;
}

/** Reports a name with a template in it, which would be taken as it is written; true when there is one. */
export function reportTemplate(report: Report, { name, spot }: NameUse, key: string): boolean {
  if (!name.includes("${")) return false;
  report.add({
    code: "BAD_VALUE",
    message: `Cannot fill in "${shown(name)}": "${key}" is fixed when the file is loaded`,
    fix: "write the text itself, without ${ }",
    at: spot,
  });
  return true;
}

/** Reports a working directory that is no path inside the workspace. */
export function checkFolder(report: Report, { value, spot }: Written): void {
  if (reportTemplate(report, { name: value, spot }, "cwd")) return;
  const fault = folderFault(value);
  if (fault === undefined) return;
  const message = `Cannot run in "${shown(value)}": ${fault}`;
  report.add({
    code: "BAD_VALUE",
    message,
    fix: "write a path below the workspace, such as packages/api",
    at: spot,
  });
}

function folderFault(path: string): string | undefined {
  if (path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path)) return "it is not relative to the workspace";
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return "it leaves the workspace";
  }
  return undefined;
}

/** Reports names of environment variables that no shell can name, and those that are tutti's own. */
export function checkEnvNames(report: Report, env: Located | undefined): void {
  if (!env || !isObject(env.value)) return;
  for (const name of Object.keys(env.value)) {
    const fault = envNameFault(name);
    if (fault === undefined) continue;
    report.add({
      code: "BAD_VALUE",
      message: `Cannot set the variable "${shown(name)}": ${fault}`,
      fix: "choose another name, of letters, digits and _",
      at: below(env.spot, env.value, name),
      part: "key",
    });
  }
}

function envNameFault(name: string): string | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name)) return "it is not the name of a variable";
  return name.startsWith("TUTTI_") ? "names that begin with TUTTI_ are set by tutti itself" : undefined;
}

/** Reports a URL that can be called by nobody, as far as it is written out. */
export function checkUrl(report: Report, { value, spot }: Written): void {
  const fault = urlFault(value);
  if (fault === undefined) return;
  const message = `Cannot call "${shown(value)}": ${fault}`;
  report.add({ code: "BAD_VALUE", message, fix: "write a URL such as https://example.com/path", at: spot });
}

function urlFault(url: string): string | undefined {
  const [head = ""] = url.split("${");
  const scheme = /^\s*([A-Za-z][\w+.-]*):\/\//.exec(head)?.[1];
  if (scheme !== undefined && !/^https?$/i.test(scheme)) return "only http: and https: can be called";
  if (head !== url) return undefined;
  const parsed = URL.parse(url);
  if (!parsed) return "it is not a whole URL";
  return /^https?:$/.test(parsed.protocol) ? undefined : "only http: and https: can be called";
}
