import { askSync, getDestination, listDestinations } from '@taskflow/engine';
import type { DestinationServiceService } from '@taskflow/proto/taskflow/v1/destinations.js';
import type { Handlers } from '@taskflow/rpc/server';
import type { ApiContext } from '../context.js';
import { writeDestination } from '../message/destination.js';

export function destinationHandlers({ ctx }: ApiContext): Handlers<typeof DestinationServiceService> {
  return {
    async listDestinations(_request, call) {
      return { destinations: (await listDestinations(ctx(call))).map(writeDestination) };
    },
    async getDestination(request, call) {
      return { destination: writeDestination(await getDestination(ctx(call), request)) };
    },
    async syncDestination(request, call) {
      return { destination: writeDestination(await askSync(ctx(call), request)) };
    },
  };
}
