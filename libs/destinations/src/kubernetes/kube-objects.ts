import { ANNOTATIONS } from './build-job.js';

/** What is read of a Job and of a Pod: everything else is left on the server. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface RawMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RawJob {
  readonly metadata: RawMeta;
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly active?: number;
    readonly terminating?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
  };
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly signal?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly state?: ContainerState;
}

export interface RawPod {
  readonly metadata: RawMeta;
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly {
      readonly name: string;
      readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** Why a pod cannot start. */
export interface Trouble {
  readonly failureClass: 'image' | 'config' | 'capacity';
  /** UPPER_SNAKE. */
  readonly code: string;
  readonly reason: string;
}

export interface KeptJob {
  readonly uid: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly specHash: string | undefined;
  /** Why its end was asked for, by this system. */
  readonly cancel: string | undefined;
  /** Why it was given up before it started, by this system; as {@link Trouble} in JSON. */
  readonly trouble: Trouble | undefined;
  readonly deleting: boolean;
  readonly suspended: boolean;
  readonly active: number;
  readonly conditions: readonly Condition[];
  readonly startTime: string | undefined;
}

export interface KeptPod {
  readonly uid: string;
  readonly name: string;
  readonly createdAt: string;
  readonly node: string | undefined;
  readonly phase: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly conditions: readonly Condition[];
  readonly main: ContainerStatus | undefined;
  readonly init: readonly ContainerStatus[];
  readonly others: readonly ContainerStatus[];
  readonly memoryLimit: string | undefined;
}

export function keepJob({ metadata, spec, status }: RawJob): KeptJob {
  const { annotations = {}, labels = {} } = metadata;
  return {
    uid: metadata.uid,
    name: metadata.name,
    createdAt: new Date(metadata.creationTimestamp ?? 0),
    labels,
    specHash: annotations[ANNOTATIONS.spec],
    cancel: annotations[ANNOTATIONS.cancel],
    trouble: readTrouble(annotations[ANNOTATIONS.trouble]),
    deleting: metadata.deletionTimestamp !== undefined,
    suspended: spec?.suspend === true,
    active: (status?.active ?? 0) + (status?.terminating ?? 0),
    conditions: (status?.conditions ?? []).filter((condition) => condition.status === 'True'),
    startTime: status?.startTime,
  };
}

export function keepPod({ metadata, spec, status }: RawPod): KeptPod {
  const all = status?.containerStatuses ?? [];
  const main = all.find((one) => one.name === 'main') ?? all[0];
  const limits = spec?.containers?.find((one) => one.name === (main?.name ?? 'main'))?.resources?.limits;
  const conditions = (status?.conditions ?? []).filter(
    ({ type, status: is }) =>
      (type === 'PodScheduled' && is === 'False') || (type === 'DisruptionTarget' && is === 'True'),
  );
  return {
    uid: metadata.uid,
    name: metadata.name,
    createdAt: metadata.creationTimestamp ?? '',
    node: spec?.nodeName,
    phase: status?.phase ?? 'Pending',
    reason: status?.reason,
    message: status?.message,
    conditions,
    main,
    init: status?.initContainerStatuses ?? [],
    others: all.filter((one) => one !== main),
    memoryLimit: limits?.['memory'],
  };
}

function readTrouble(text: string | undefined): Trouble | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Trouble;
  } catch {
    return { failureClass: 'config', code: 'CANNOT_START', reason: text };
  }
}
