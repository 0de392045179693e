import { Command } from 'commander';
import { leaveWith, followParent, tellParent } from './parent.js';

/** `serve api`, and `api_server` of old. */
export function serveApi(name: string): Command {
  return new Command(name).description('gRPC, REST and the sessions of workers').action(async () => {
    followParent();
    const { serve } = await import('@taskflow/runtime');
    const { apiConfig, createApi } = await import('@taskflow/services/api');
    await leaveWith(serve({ name: 'api', config: apiConfig, create: createApi, onStarted: tellParent }));
  });
}
