import { isTaskflowError } from '@taskflow/domain';
import { createClient, type Channel } from '@taskflow/rpc/client';
import { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import { backoffMs, pause } from '../backoff.js';
import type { CompiledDefinition } from '../define/compile.js';
import type { WorkerLogger } from './worker-logger.js';

/** Registers definitions, waiting for an api that is away. Resolves without having done so when `signal` aborts. */
export async function register(
  channel: Channel,
  definitions: readonly CompiledDefinition[],
  logger: WorkerLogger,
  signal: AbortSignal,
): Promise<void> {
  if (definitions.length === 0) return;
  const client = createClient(DefinitionServiceService, channel);
  const request = {
    definitions: definitions.map(({ kind, spec }) => ({ kind, specJson: JSON.stringify(spec) })),
  };
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await client.applyDefinitions(request, { signal, timeoutMs: 30_000 });
      logger.info({ definitions: definitions.length }, 'definitions registered');
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isTaskflowError(error) || !error.retryable) throw error;
      logger.warn({ err: error }, 'definitions could not be registered yet');
      await pause(backoffMs(attempt), signal);
    }
  }
}
