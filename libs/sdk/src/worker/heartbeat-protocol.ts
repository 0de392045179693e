/** What the heartbeat thread is told. */
export interface Beat {
  readonly sessionId: string;
  /** Milliseconds between heartbeats. */
  readonly intervalMs: number;
  /** Milliseconds after which the leases end without one. */
  readonly ttlMs: number;
}

export interface ThreadData {
  /** `host:port` of the api. */
  readonly address: string;
  readonly token?: string | undefined;
}

/** Why a session is over. */
export interface LostSession {
  readonly detail: string;
  /** Another process has connected under this worker's name. */
  readonly replaced: boolean;
}

/** What the heartbeat thread tells. */
export type HeartbeatReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'beat'; readonly sessionId: string }
  | { readonly kind: 'lost'; readonly sessionId: string; readonly lost: LostSession }
  | { readonly kind: 'trouble'; readonly sessionId: string; readonly detail: string };
