/**
 * Keeps the death of a terminal from killing the run that is shown on it: a hang-up, and errors of the streams.
 * `gone` aborts when it died. `release` takes every listener back.
 */
export function holdTerminal({
  out,
  input,
}: {
  readonly out: NodeJS.WriteStream;
  readonly input?: NodeJS.ReadStream | undefined;
}): { readonly gone: AbortSignal; readonly release: () => void } {
  const gone = new AbortController();
  const die = () => gone.abort();
  process.on("SIGHUP", die);
  out.on("error", die);
  input?.on("error", die);
  return {
    gone: gone.signal,
    release: () => {
      process.off("SIGHUP", die);
      out.off("error", die);
      input?.off("error", die);
    },
  };
}
