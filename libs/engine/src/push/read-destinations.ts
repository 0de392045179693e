import { NotFound, type JsonObject } from '@taskflow/domain';
import { listDestinationRows, type DestinationListRow } from '@taskflow/store';
import type { Ctx } from '../context.js';
import type { SyncFound } from './ask-sync.js';

/** A push destination as the pushers have made it known. */
export interface ListedDestination {
  readonly name: string;
  readonly kind: string;
  /** In one word; the first that holds. */
  readonly state: 'removed' | 'no_pusher' | 'breaker_open' | 'paused' | 'ok';
  readonly paused: boolean;
  /** The pusher that does its work now. */
  readonly holder?: string | undefined;
  readonly maxInFlight: number;
  readonly inFlight: number;
  /** Instances that are ready and wait for it. */
  readonly waiting: number;
  readonly breakerSince?: Date | undefined;
  readonly breakerUntil?: Date | undefined;
  readonly lastError?: string | undefined;
  readonly lastErrorAt?: Date | undefined;
  readonly lastOkAt?: Date | undefined;
  readonly configFault?: string | undefined;
  readonly removedAt?: Date | undefined;
  readonly syncAskedAt?: Date | undefined;
  readonly syncedAt?: Date | undefined;
  readonly syncFound?: SyncFound | undefined;
}

/** All destinations, by name. */
export async function listDestinations(ctx: Ctx): Promise<ListedDestination[]> {
  return (await listDestinationRows(ctx.db)).map(listed);
}

/** @throws NotFound */
export async function getDestination(ctx: Ctx, input: { readonly name: string }): Promise<ListedDestination> {
  const [row] = await listDestinationRows(ctx.db, input.name);
  if (row === undefined) throw noDestination(input.name);
  return listed(row);
}

export function noDestination(name: string): NotFound {
  const shown = JSON.stringify(name.slice(0, 200));
  return new NotFound(
    `There is no push destination ${shown}: no pusher has it in its file. List them with \`taskflow destination list\`.`,
    { metadata: { name: name.slice(0, 200) } },
  );
}

function listed(row: DestinationListRow): ListedDestination {
  return {
    name: row.name,
    kind: row.kind,
    state: stateOf(row),
    paused: row.paused,
    holder: row.held ? (row.holder ?? undefined) : undefined,
    maxInFlight: row.max_in_flight,
    inFlight: row.in_flight,
    waiting: row.waiting,
    breakerSince: row.breaker_since ?? undefined,
    breakerUntil: row.breaker_until ?? undefined,
    lastError: row.last_error ?? undefined,
    lastErrorAt: row.last_error_at ?? undefined,
    lastOkAt: row.last_ok_at ?? undefined,
    configFault: row.config_fault ?? undefined,
    removedAt: row.removed_at ?? undefined,
    syncAskedAt: row.sync_asked_at ?? undefined,
    syncedAt: row.synced_at ?? undefined,
    syncFound: row.sync_found === null ? undefined : foundOf(row.sync_found as JsonObject),
  };
}

function stateOf({ removed_at: removed, held, broken, paused }: DestinationListRow): ListedDestination['state'] {
  if (removed !== null) return 'removed';
  if (!held) return 'no_pusher';
  if (broken) return 'breaker_open';
  return paused ? 'paused' : 'ok';
}

function foundOf(found: JsonObject): SyncFound {
  const count = (key: keyof SyncFound): number => Number(found[key] ?? 0);
  const { error } = found;
  return {
    lookedAt: count('lookedAt'),
    running: count('running'),
    ended: count('ended'),
    missing: count('missing'),
    orphans: count('orphans'),
    error: typeof error === 'string' ? error : undefined,
  };
}
