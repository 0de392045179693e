import { Command } from 'commander';
import { leaveWith, followParent, tellParent } from './parent.js';

export function servePusher(name: string): Command {
  return new Command(name)
    .description('submits task instances to their push destinations and keeps their state in step')
    .action(async () => {
      followParent();
      const { serve } = await import('@taskflow/runtime');
      const { createPusher, pusherConfig } = await import('@taskflow/services/pusher');
      await leaveWith(serve({ name: 'pusher', config: pusherConfig, create: createPusher, onStarted: tellParent }));
    });
}
