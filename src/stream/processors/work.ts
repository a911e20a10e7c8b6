import type { Stage, StageWork } from "../../language/pipeline.ts";
import type { StreamHost } from "../host.ts";

/** What is to be done in a stage, and who does it. */
export interface WorkFor<Kind extends StageWork["kind"]> {
  readonly stage: Stage;
  readonly work: Extract<StageWork, { readonly kind: Kind }>;
  readonly host: StreamHost;
}
