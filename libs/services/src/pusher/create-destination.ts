import type { Clock } from '@taskflow/domain';
import type { PushDestination } from '@taskflow/destinations';
import { processEnvironment } from '@taskflow/runtime';
import type { DestinationConfig } from './destination-config.js';

/** Makes the destination of a configuration; its kind is loaded here and not before, so that a user needs one client alone. */
export async function createDestination(config: DestinationConfig, clock: Clock): Promise<PushDestination> {
  const { createLocalDestination } = await import('@taskflow/destinations/local');
  const { name, directory = '', grace: graceMs } = config;
  return createLocalDestination({ name, directory, graceMs, environment: processEnvironment(), clock });
}
