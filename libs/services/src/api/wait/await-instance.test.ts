import { systemClock } from '@taskflow/domain';
import { silentWake, type Ctx } from '@taskflow/engine';
import { openDb } from '@taskflow/store';
import pg from 'pg';
import { openApi, testRuntime } from '../../test/open-api.js';
import { awaitTaskInstance } from './await-instance.js';
import { createWaiters } from './waiters.js';

test('an api that stops while a waiter looks ends the call with DRAINING, and nothing else', async () => {
  const served = await openApi();
  const { url } = served.database;
  const db = openDb({ url, applicationName: 'waiter', maxConnections: 1 });
  const locker = new pg.Client({ connectionString: url });
  const { logger, tracer } = await testRuntime();
  const ctx: Ctx = {
    db,
    clock: systemClock,
    logger,
    tracer,
    wake: silentWake,
    actor: 'a',
    signal: AbortSignal.any([]),
  };
  const nobody = { task: [], workflow: [] };
  const waiters = createWaiters({ clock: systemClock, endedOf: async () => nobody, onError: () => undefined });
  try {
    const specJson = JSON.stringify({ name: 'load' });
    await served.clients.definitions.applyDefinitions({ definitions: [{ kind: 'task', specJson }] });
    const load = { task: 'load', paramsJson: '', priority: '', requestId: '', queue: '' };
    const { id } = await served.clients.submissions.submitTask(load);
    await locker.connect();
    await locker.query('begin; lock table task_records in access exclusive mode');

    const waiting = awaitTaskInstance({ waiters }, ctx, { id });
    const refused = expect(waiting).rejects.toMatchObject({ reason: 'DRAINING' });
    const looks = `select from pg_stat_activity where application_name = 'waiter' and wait_event_type = 'Lock'`;
    // Within a transaction a second look sees what the first one saw.
    do await locker.query('select pg_stat_clear_snapshot()');
    while ((await locker.query(looks)).rowCount === 0);
    await waiters.stop();
    // Whatever nobody has caught by then ends the process.
    await new Promise(setImmediate);
    await locker.query('rollback');
    await refused;
  } finally {
    await locker.end();
    await db.close();
    await served.close();
  }
});
