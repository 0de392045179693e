import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Destination } from '@taskflow/proto/taskflow/v1/destinations.js';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { found } from '../api/found.js';
import { CommandFailure } from '../failure/command-failure.js';
import { EXIT } from '../failure/exit-code.js';
import { durationMs } from '../input/option.js';
import { printOne } from '../output/print.js';
import { oneLine } from '../output/text.js';
import { why } from './list.js';

interface Options extends ClientOptions {
  readonly timeout: number;
}

const LOOK_MS = 200;

export function destinationSync(): Command {
  return clientCommand('sync', 'have its pusher look at all jobs of a destination now, and tell what was found')
    .argument('<name>', 'push destination')
    .option('--timeout <duration>', 'how long to wait for it', durationMs, 60_000)
    .action((name: string, options: Options) => withApi(options, (api) => sync(api, name, options)));
}

async function sync(api: Api, name: string, options: Options): Promise<void> {
  const client = await api.destinations();
  const deadline = performance.now() + options.timeout;
  const asked = found((await client.syncDestination({ name }, CALL_LIMIT)).destination, `destination ${name}`);
  for (;;) {
    const { destination } = await client.getDestination({ name }, CALL_LIMIT);
    const seen = found(destination, `destination ${name}`);
    if (isDone(asked, seen)) return tell(seen, options);
    if (seen.state === 'removed' || seen.state === 'no_pusher') {
      throw new CommandFailure(
        `no pusher works for ${name} now${why(seen) && ` (${oneLine(why(seen))})`}: start one whose file names it; it then looks at once`,
      );
    }
    if (performance.now() > deadline) {
      throw new CommandFailure(`its pusher (${seen.holder}) has not looked in time; it still will`, EXIT.waitTimedOut);
    }
    await setTimeout(LOOK_MS);
  }
}

function isDone({ syncAskedAt }: Destination, { syncedAt }: Destination): boolean {
  return syncAskedAt !== undefined && syncedAt !== undefined && syncedAt >= syncAskedAt;
}

function tell(seen: Destination, { output }: Options): void {
  const { lookedAt = 0, running = 0, ended = 0, missing = 0, orphans = 0, error = '' } = seen.syncFound ?? {};
  const result = { destination: seen.name, lookedAt, running, ended, missing, orphans, error };
  const fields: [string, string][] = [
    ['destination', seen.name],
    ['jobs looked at', String(lookedAt)],
    ['running', String(running)],
    ['ended now', String(ended)],
    ['not known there', String(missing)],
    ['nobody’s, ended', String(orphans)],
    ['error', oneLine(error, 2000)],
  ];
  printOne(output, result, fields, seen.name);
  if (error !== '') throw new CommandFailure(`not all jobs could be looked at: ${oneLine(error)}`);
}
