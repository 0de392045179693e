/** The part of Mesos' v1 scheduler API that is spoken here, as JSON has it. */
export interface Value {
  readonly value: string;
}

export interface Resource {
  readonly name: string;
  readonly type: string;
  readonly scalar?: { readonly value: number };
  readonly allocation_info?: { readonly role?: string };
  readonly reservations?: readonly unknown[];
}

export interface Offer {
  readonly id: Value;
  readonly agent_id: Value;
  readonly hostname?: string;
  readonly resources?: readonly Resource[];
  readonly attributes?: readonly {
    readonly name: string;
    readonly text?: Value;
    readonly scalar?: { readonly value: number };
  }[];
}

export interface TaskStatus {
  readonly task_id: Value;
  readonly state: string;
  readonly agent_id?: Value;
  /** Base64; there when the update wants to be acknowledged. */
  readonly uuid?: string;
  readonly message?: string;
  readonly reason?: string;
  /** Seconds. */
  readonly timestamp?: number;
}

export type SchedulerEvent =
  | {
      readonly type: 'SUBSCRIBED';
      readonly subscribed: { readonly framework_id: Value; readonly heartbeat_interval_seconds?: number };
    }
  | { readonly type: 'OFFERS'; readonly offers: { readonly offers: readonly Offer[] } }
  | { readonly type: 'RESCIND'; readonly rescind: { readonly offer_id: Value } }
  | { readonly type: 'UPDATE'; readonly update: { readonly status: TaskStatus } }
  | { readonly type: 'ERROR'; readonly error: { readonly message: string } }
  | { readonly type: 'HEARTBEAT' };

export interface FrameworkInfo {
  readonly user: string;
  readonly name: string;
  readonly id?: Value;
  readonly roles: readonly string[];
  readonly failover_timeout: number;
  readonly checkpoint: boolean;
  readonly principal?: string;
  readonly capabilities: readonly { readonly type: string }[];
}
