import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { runCli } from './harness/run-cli.js';

const FOLDER = join(import.meta.dirname, '../../../examples/run-task');
const LAUNCHER = join(import.meta.dirname, '../../cli/bin/taskflow.mjs');

describe('the example of taskflow run-task', () => {
  const journal = createJournal();
  afterAll(() => journal.remove());
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('scheduler'), start('worker')]));

  prove(
    'the output that the job reported reaches the next task',
    async ({ start, client, sql, environment, audit, grpcAddress }) => {
      // As the example has it, but for the address, and with the command line on the PATH.
      const file = journal.path('destinations.yaml');
      writeFileSync(
        file,
        readFileSync(join(FOLDER, 'destinations.yaml'), 'utf8').replace('127.0.0.1:7233', grpcAddress),
      );
      const bin = journal.path('bin');
      mkdirSync(bin);
      writeFileSync(join(bin, 'taskflow'), `#!/bin/sh\nexec '${process.execPath}' '${LAUNCHER}' "$@"\n`);
      chmodSync(join(bin, 'taskflow'), 0o755);
      const PATH = `${bin}:${String(process.env['PATH'])}`;
      await start('pusher', { environment: { TASKFLOW_DESTINATIONS: file, PATH } });

      expect(await runCli(['workflow', 'apply', '-f', join(FOLDER, 'pipeline.yaml')], environment)).toMatchObject({
        code: 0,
      });
      await client.run({ workflow: 'measure' }, { what: 'this test' });
      const lines = await sql<{ line: string }>(`select line from task_logs order by at, seq`);
      expect(lines.map(({ line }) => line)).toEqual(['counting for this test', 'counted 3 words']);
      expect(await audit()).toEqual([]);
    },
  );
});
