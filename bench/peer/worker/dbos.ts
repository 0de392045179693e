import { DBOS } from '@dbos-inc/dbos-sdk';
import { ran, tell } from '../tally.ts';

DBOS.registerWorkflow(async (sentAt?: number) => ran(sentAt), { name: 'queued' });
DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: process.argv[2] ?? '',
  systemDatabasePoolSize: 20,
  logLevel: 'error',
  applicationVersion: '1',
  executorID: 'worker',
});
await DBOS.launch();
await DBOS.registerQueue('noop', { minPollingIntervalMs: 10, onConflict: 'always_update' });
tell({ kind: 'ready' });
process.once('SIGTERM', () => void DBOS.shutdown().then(() => process.exit()));
