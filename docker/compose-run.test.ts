import { createServer, type AddressInfo } from 'node:net';
import { client, task } from '@taskflow/sdk';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { readCompose } from './compose.ts';
import { program, taskflow, type TaskflowProcess } from './taskflow.ts';

const { services } = readCompose();
const NAMES = ['api', 'scheduler', 'pusher', 'worker'] as const;

let database: TestDatabase;
let toHere: (text: string) => string;
let address: string;
const running = new Map<string, TaskflowProcess>();

beforeAll(async () => {
  database = await createTestDatabase();
  const [grpc, http] = [await freePort(), await freePort()];
  address = `127.0.0.1:${grpc}`;
  // The names of compose's network, its password and its ports become those of this machine; all else stays as it is written.
  toHere = (text) =>
    text
      .replace(/^postgres:\/\/taskflow:\$\{POSTGRES_PASSWORD:\?[^}]*\}@postgres:5432\/taskflow$/, database.url)
      .replace(/\$\{\w+:-(.*?)\}/, '$1')
      .replace(/^0\.0\.0\.0$/, '127.0.0.1')
      .replace(/^api:/, '127.0.0.1:')
      .replace(/\b7233\b/, String(grpc))
      .replace(/\b8080\b/, String(http));
}, 60_000);

afterAll(async () => {
  for (const process of running.values()) process.terminate();
  await Promise.all([...running.values()].map(({ exited }) => exited));
  await database.drop();
}, 60_000);

test('the command lines and variables of compose.yaml make a system that runs a task and stops in order', async () => {
  for (const name of NAMES) {
    const { command = [], environment } = services[name] ?? { environment: {} };
    const here = Object.entries(environment).map(([key, value]) => [key, toHere(value)]);
    running.set(name, taskflow(command, Object.fromEntries(here) as Record<string, string>));
  }
  await Promise.all([...running.values()].map(({ started }) => started));
  const [, , ...check] = services['api']?.healthcheck?.test ?? [];
  await untilHealthy(check.map(toHere));

  const submitter = client({ address });
  await submitter.apply({ tasks: [task({ name: 'who', bash: 'echo "\\"$TASKFLOW_TASK\\"" >"$TASKFLOW_OUTPUT"' })] });
  const handle = await submitter.submit({ task: 'who' });
  expect(await handle.result()).toBe('who');
  submitter.close();

  for (const name of [...NAMES].reverse()) {
    const process = running.get(name);
    process?.terminate();
    await process?.exited;
    expect(`${name}: ${process?.stderr()}`).toContain('"msg":"stopped"');
    expect([name, await process?.exited]).toEqual([name, 0]);
  }
}, 90_000);

/** Runs the health check of compose.yaml again and again, as the engine would. */
async function untilHealthy(check: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    if ((await program(check).exited) === 0) return;
  }
  throw new Error(`the api does not become healthy:\n${running.get('api')?.stderr()}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
