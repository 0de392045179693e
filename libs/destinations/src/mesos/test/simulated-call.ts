import type { planRun } from './simulated-run.js';

/** The calls that a simulator understands, as far as it reads them. */
export interface SimulatedCall {
  readonly type?: string;
  readonly framework_id?: { readonly value: string };
  readonly accept?: {
    readonly offer_ids: readonly Ref[];
    readonly operations?: readonly { readonly launch?: { readonly task_infos: readonly SimulatedTaskInfo[] } }[];
  };
  readonly decline?: { readonly offer_ids: readonly Ref[] };
  readonly acknowledge?: { readonly task_id: Ref; readonly uuid?: string };
  readonly kill?: { readonly task_id: Ref; readonly agent_id?: Ref };
  readonly reconcile?: { readonly tasks?: readonly { readonly task_id: Ref; readonly agent_id?: Ref }[] };
}
interface Ref {
  readonly value: string;
}
export type SimulatedTaskInfo = Parameters<typeof planRun>[0] & {
  readonly task_id: Ref;
  readonly resources?: readonly { readonly name: string; readonly scalar?: { readonly value: number } }[];
};
