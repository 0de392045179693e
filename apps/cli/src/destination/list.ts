import type { Command } from 'commander';
import type { Destination } from '@taskflow/proto/taskflow/v1/destinations.js';
import { withApi } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { printRows, type Column } from '../output/print.js';
import { moment, oneLine } from '../output/text.js';

const COLUMNS: readonly Column<Destination>[] = [
  ['destination', ({ name }) => name],
  ['kind', ({ kind }) => kind],
  ['state', ({ state }) => state],
  ['in flight', ({ inFlight, maxInFlight }) => `${inFlight}/${maxInFlight}`],
  ['waiting', ({ waiting }) => String(waiting)],
  ['last ok', ({ lastOkAt }) => moment(lastOkAt)],
  ['holder', ({ holder }) => holder || '-'],
  ['why', (destination) => oneLine(why(destination), 120)],
];

export function destinationList(): Command {
  return clientCommand('list', 'list the push destinations: how they are, what runs there and what waits').action(
    (options: ClientOptions) =>
      withApi(options, async (api) => {
        const { destinations } = await (await api.destinations()).listDestinations({}, CALL_LIMIT);
        printRows(options.output, destinations, COLUMNS, ({ name }) => name);
      }),
  );
}

/** What is wrong and since when, in a line. */
export function why(destination: Destination): string {
  const { state, lastError, lastErrorAt, breakerSince, breakerUntil, configFault, removedAt } = destination;
  const told = configFault === '' ? [] : [`the changed file was not taken over: ${configFault}`];
  if (state === 'removed') told.push(`in no file of a pusher since ${moment(removedAt)}`);
  else if (state === 'breaker_open') {
    told.push(`since ${moment(breakerSince)}, tried again at ${moment(breakerUntil)}: ${lastError}`);
  } else if (lastError !== '') told.push(`${moment(lastErrorAt)} ${lastError}`);
  return told.join('; ');
}
