import { isObject, type Json } from "../expression/json.ts";
import type { StreamAlert } from "../language/pipeline.ts";
import { type AlertStates, type AlertWatch, compileAlerts } from "./alerts.ts";
import type { StreamFigures } from "./figures.ts";
import type { StreamHost } from "./host.ts";

/** Tells people of the alerts of a pipeline, each once when it is raised and once when it is over. */
export class AlertBell {
  readonly #host: Pick<StreamHost, "alert" | "print">;
  readonly #watch: AlertWatch;
  readonly #telling = new Set<Promise<void>>();
  #states: AlertStates;

  /** `kept`: how they stood in an earlier process. */
  constructor(
    alerts: readonly StreamAlert[],
    { host, kept }: { readonly host: Pick<StreamHost, "alert" | "print">; readonly kept: Json | undefined },
  ) {
    this.#host = host;
    this.#watch = compileAlerts(alerts);
    this.#states = isObject(kept ?? null) ? (kept as unknown as AlertStates) : {};
  }

  /** True when one stands otherwise than before, which is to be kept. */
  look(figures: StreamFigures, at: number): boolean {
    const { states, news } = this.#watch.look(this.#states, { figures, at });
    this.#states = states;
    for (const { alert, raised, text } of news) this.#tell(alert, { raised, text });
    return news.length > 0;
  }

  #tell(alert: StreamAlert, state: { readonly raised: boolean; readonly text: string }): void {
    // that nobody could be told must not end the pipeline
    const telling = this.#host
      .alert(alert, state)
      .catch((error: unknown) => this.#host.print(`${state.text} (${String(error)})`, "stderr"));
    const kept = telling.finally(() => this.#telling.delete(kept));
    this.#telling.add(kept);
  }

  /** Those that people know of; how long the others have been true counts for this process only. */
  get kept(): Json {
    return Object.fromEntries(
      Object.entries(this.#states).flatMap(([name, state]) => (state.raised ? [[name, { ...state }]] : [])),
    );
  }

  /** Resolves when nobody is being told. */
  async quiet(): Promise<void> {
    await Promise.all(this.#telling);
  }
}
