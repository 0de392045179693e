import { serve } from '@taskflow/runtime';
import { createPusher, pusherConfig } from '@taskflow/services/pusher';

try {
  process.exitCode = await serve({ name: 'pusher', config: pusherConfig, create: createPusher });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
