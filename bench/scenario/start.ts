import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { client } from '@taskflow/sdk';
import { COMMAND_LINE } from '../taskflow/service-process.ts';
import type { Scenario } from './scenario.ts';

/** `taskflow up` from nothing, with a Postgres of its own: until the first instance has finished. */
export const start: Scenario = {
  name: 'start',
  appliesTo: (system) => system.running !== undefined,
  async measure() {
    const from = performance.now();
    const load = join(import.meta.dirname, '../taskflow/tasks.ts');
    const up = spawn(process.execPath, [COMMAND_LINE, 'up', '--ephemeral', '--no-sample', '--load', load], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let printed = '';
      for await (const text of up.stdout.setEncoding('utf8')) {
        printed += String(text);
        if (/gRPC\s+\S+:\d+/.test(printed)) break;
      }
      const taskflow = client({ address: /gRPC\s+(\S+:\d+)/.exec(printed)?.[1] ?? '' });
      for (;;) {
        const { tasks } = await taskflow.services.definitions.listTasks({ pageSize: 0, pageToken: '' });
        if (tasks.some(({ name }) => name === 'noop')) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await taskflow.run({ task: 'noop' });
      taskflow.close();
      return { 'first finished task, s': (performance.now() - from) / 1000 };
    } finally {
      up.kill('SIGTERM');
      if (up.exitCode === null) await once(up, 'exit');
    }
  },
};
