import type { ListedDestination } from '@taskflow/engine';
import type * as wire from '@taskflow/proto/taskflow/v1/destinations.js';

export function writeDestination(destination: ListedDestination): wire.Destination {
  const { holder = '', lastError = '', configFault = '', syncFound, ...rest } = destination;
  const found = syncFound && { ...syncFound, error: syncFound.error ?? '' };
  // Absent moments stay absent on the wire.
  const moments = {
    breakerSince: rest.breakerSince,
    breakerUntil: rest.breakerUntil,
    lastErrorAt: rest.lastErrorAt,
    lastOkAt: rest.lastOkAt,
    removedAt: rest.removedAt,
    syncAskedAt: rest.syncAskedAt,
    syncedAt: rest.syncedAt,
  };
  return { ...rest, ...moments, holder, lastError, configFault, syncFound: found };
}
