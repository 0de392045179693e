import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect } from '@jest/globals';
import { isTaskflowError, type InvalidInput } from '@taskflow/sdk';
import { stringify } from 'yaml';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { runCli } from './harness/run-cli.js';
import { until } from './harness/until.js';

const journal = createJournal();
afterAll(() => journal.remove());

const file = journal.path('destinations.yaml');
const here = { name: 'here', kind: 'local', directory: journal.path('jobs'), sync_interval: '50ms' };
writeFileSync(file, stringify({ destinations: [here] }));
const LONG = 'ж'.repeat(500);

describe('what cannot be pushed', () => {
  const { prove } = deployed(({ start }) => Promise.all([start('api'), start('pusher')]), {
    TASKFLOW_DESTINATIONS: file,
  });

  prove('a destination that no pusher knows is named on the row, which waits until one does', async (deployment) => {
    const { client, environment } = deployment;
    const lost = { name: 'lost', bash: 'true', push_destination: 'nowhere' };
    await client.services.definitions.applyDefinitions({
      definitions: [{ kind: 'task', specJson: JSON.stringify(lost) }],
    });
    const { id } = await client.submit({ task: 'lost' });
    const shown = await runCli(['task', 'get', id], environment);
    expect(shown.stdout).toMatch(/^waiting for +no_destination\(nowhere\)$/m);
    const sync = await runCli(['destination', 'sync', 'nowhere'], environment);
    expect(sync.code).toBe(3);
    expect(sync.stderr).toContain('There is no push destination "nowhere"');
    writeFileSync(file, stringify({ destinations: [here, { ...here, name: 'nowhere' }] }));
    await until('it ran', async () => {
      const { instance } = await client.services.instances.getTaskInstance({ id });
      return instance?.status === 'success';
    });
  });

  prove('a name of 500 letters is refused by its field; the longest there may be runs as a job', async (deployment) => {
    const { client, sql } = deployment;
    const apply = (spec: object) =>
      client.services.definitions.applyDefinitions({
        definitions: [{ kind: 'task', specJson: JSON.stringify(spec) }],
      });
    const refused = await apply({ name: LONG, bash: 'true', push_destination: LONG }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!isTaskflowError(refused)) throw new Error(`wanted a refusal, got ${String(refused)}`);
    const fields = ['definitions[0].name', 'definitions[0].push_destination'];
    expect((refused as InvalidInput).violations.map(({ field }) => field)).toEqual(fields);
    const longest = `A.b_c-${'x'.repeat(194)}`;
    const params = { type: 'object', properties: { who: { type: 'string' } } };
    const bash = 'printf %s "\\"$TASKFLOW_PARAM_WHO\\"" >"$TASKFLOW_OUTPUT"';
    await apply({ name: longest, bash, params, push_destination: 'here' });
    const { id } = await client.submit({ task: longest }, { who: LONG });
    const ended = await until('it ran', async () => {
      const { instance } = await client.services.instances.getTaskInstance({ id });
      return instance?.status === 'success' && instance;
    });
    expect(JSON.parse(ended.outputJson)).toBe(LONG);
    const text = 'select external_name from push_jobs where task_instance_id = $1';
    const [job] = await sql<{ external_name: string }>(text, [id]);
    expect(job?.external_name).toMatch(/^tf-[0-9a-f]{8}-\d+-a1-a-b-c-x+$/);
    expect(job?.external_name.length).toBeLessThanOrEqual(128);
  });

  prove('what a destination cannot run fails at once, by its field', async ({ client }) => {
    const odd = { name: 'odd', bash: 'true', push_destination: 'here', push: { cpus: 2 } };
    await client.services.definitions.applyDefinitions({
      definitions: [{ kind: 'task', specJson: JSON.stringify(odd) }],
    });
    const { id } = await client.submit({ task: 'odd' });
    const instance = await until('it has failed', async () => {
      const found = (await client.services.instances.getTaskInstance({ id })).instance;
      return found?.status === 'failed' && found;
    });
    expect(instance).toMatchObject({
      reason: 'PUSH_REJECTED',
      message: expect.stringContaining('push.cpus: is unknown'),
    });
  });
});
