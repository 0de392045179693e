import { openApi, startApi, ready, createClients, type TestApi } from '../test/open-api.js';

let served: TestApi;
beforeAll(async () => {
  served = await openApi();
  const specs = [{ name: 'daily', params: { type: 'object' } }];
  await served.clients.definitions.applyDefinitions({
    definitions: specs.map((spec) => ({ kind: 'task', specJson: JSON.stringify(spec) })),
  });
});
afterAll(() => served.close());

test('1,000 calls at once with one unique key, at two apis, make one instance, and each is given its id', async () => {
  const other = await startApi(served.database.url);
  await ready(other);
  const clients = createClients(`127.0.0.1:${other.grpcPort()}`);
  const apis = [served.clients.submissions, clients.submissions];
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, caller) =>
      apis[caller % 2]!.submitTask({
        task: 'daily',
        paramsJson: JSON.stringify({ caller }),
        priority: '',
        requestId: '',
        queue: '',
        unique: { key: '2026-03-01', scope: 'active', onConflict: 'return_existing', ttl: undefined },
      }),
    ),
  );
  expect(answers.filter(({ created }) => created)).toHaveLength(1);
  const instances = await served.sql<{ id: string }>('select id from task_records');
  expect(instances).toHaveLength(1);
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(instances.map(({ id }) => id)));
  expect(await served.sql('select id from task_queue')).toEqual(instances);
  clients.channel.close();
  await other.stop();
});
