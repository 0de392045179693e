import { InvalidInput, systemClock } from '@taskflow/domain';
import { openChannel } from '@taskflow/rpc/client';
import { parseConfig, silentLogger, type Logger } from '@taskflow/runtime';
import { openDb } from '@taskflow/store';
import { createTestDatabase, type TestDatabase } from '@taskflow/testing';
import { createClients, ready, testConfig, testRuntime } from '../../test/open-api.js';
import { apiConfig, createApi, type Api } from '../api.js';
import { openGate } from './open-gate.js';

const ADMIN = 'the-token-of-this-deployment-0123456789';
const WRONG = 'tf_wrongwrongwrongwrongwrongwrongwrongwrongwr1';

let database: TestDatabase;
let api: Api;
const lines: string[] = [];

/** A logger that keeps every line that it would write, fields and all. */
function keeping(kept: string[]): Logger {
  const logger = silentLogger();
  const keep = (...parts: unknown[]): void => {
    kept.push(parts.map((part) => inspected(part)).join(' '));
  };
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level] = keep;
  logger.child = (bindings: object) => {
    kept.push(inspected(bindings));
    return logger as never;
  };
  return logger;
}

function inspected(part: unknown): string {
  if (typeof part === 'string') return part;
  return JSON.stringify(part, (_key, value: unknown) =>
    value instanceof Error ? { ...value, message: value.message, stack: value.stack, cause: value.cause } : value,
  );
}

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, { TASKFLOW_AUTH: 'tokens', TASKFLOW_ADMIN_TOKEN: ADMIN });
  api = createApi({ ...(await testRuntime()), logger: keeping(lines) }, config);
  await api.start();
  await ready(api);
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

it('tokens are in no log line, no error and no table, whatever is done with them; refusals are counted', async () => {
  const address = `127.0.0.1:${api.grpcPort()}`;
  const channels = [ADMIN, WRONG, undefined].map((token) => openChannel(address, { token }));
  const [admin, wrong, none] = channels.map((channel) => createClients(address, channel));
  const { token, secret } = await admin!.access.createToken({ name: 'viewer', role: 'viewer' });
  const viewer = openChannel(address, { token: secret });
  const clients = createClients(address, viewer);
  await clients.access.whoAmI({});
  const errors: unknown[] = [];
  const failing = async (call: Promise<unknown>): Promise<void> => {
    await call.catch((error: unknown) => errors.push(error));
  };
  await failing(wrong!.access.whoAmI({}));
  await failing(none!.access.whoAmI({}));
  await failing(clients.access.createToken({ name: 'mine', role: 'admin' }));
  const rest = `http://127.0.0.1:${api.httpPort()}/v1`;
  const bodies: string[] = [];
  for (const [path, authorization] of [
    ['/whoami', `Bearer ${WRONG}`],
    ['/whoami', `Basic ${ADMIN}`],
    ['/tokens', `Bearer ${secret}`],
    ['/nowhere', `Bearer ${secret}`],
    ['/tokens/x:revoke', `Bearer ${ADMIN}`],
  ] as const) {
    bodies.push(await (await fetch(rest + path, { headers: { authorization } })).text());
  }
  await admin!.access.revokeToken({ id: token?.id ?? '' });
  await failing(clients.access.whoAmI({}));
  viewer.close();
  for (const channel of channels) channel.close();

  const db = openDb({ url: database.url, applicationName: 'test' });
  const tables = await db.query<{ text: string }>({
    name: '',
    text: `select t::text as text from api_tokens t union all select a::text from audit_log a`,
  });
  await db.close();
  expect(errors).toHaveLength(4);
  expect(lines.some((line) => line.includes('call refused'))).toBe(true);
  const everything = [...lines, ...bodies, ...errors.map(inspected), ...tables.map(({ text }) => text)].join('\n');
  for (const hidden of [ADMIN, WRONG, secret]) expect(everything).not.toContain(hidden.slice(3));

  const metrics = await (await fetch(`http://127.0.0.1:${api.httpPort()}/metrics`)).text();
  const counted = [...metrics.matchAll(/^taskflow_access_refused_total\{reason="(\w+)"\} (\d+)$/gm)];
  expect(Object.fromEntries(counted.map(([, reason, count]) => [reason, Number(count)]))).toEqual({
    TOKEN_MISSING: 1,
    BAD_AUTHORIZATION: 1,
    TOKEN_UNKNOWN: 2,
    TOKEN_EXPIRED: 0,
    TOKEN_REVOKED: 1,
    TOO_MANY_TOKENS: 0,
    ROLE_MISSING: 2,
  });
});

describe('without access control', () => {
  const openWith = async (environment: Readonly<Record<string, string>>): Promise<string[]> => {
    const kept: string[] = [];
    const db = openDb({ url: database.url, applicationName: 'test' });
    openGate(testConfig(database.url, environment), db, systemClock, keeping(kept));
    await db.close();
    return kept;
  };

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('nobody is warned of %s', async (host) => {
    expect(await openWith({ TASKFLOW_API_HOST: host })).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.7', 'api.internal'])('the log warns of %s', async (host) => {
    const [line] = await openWith({ TASKFLOW_API_HOST: host });
    expect(line).toContain(host);
    expect(line).toContain('TASKFLOW_AUTH=tokens');
    expect(await openWith({ TASKFLOW_API_HOST: host, TASKFLOW_AUTH: 'tokens' })).toEqual([]);
  });

  it('a token of the deployment that has no effect is told', async () => {
    expect(await openWith({ TASKFLOW_ADMIN_TOKEN: ADMIN })).toEqual([expect.stringContaining('has no effect')]);
  });
});

it.each([
  ['TASKFLOW_AUTH', 'on', 'wanted off or tokens'],
  ['TASKFLOW_ADMIN_TOKEN', 'short', 'wanted at least 32 characters at random'],
  ['TASKFLOW_ADMIN_TOKEN', `${ADMIN} and more`, 'wanted at most 512 visible ASCII characters'],
])('%s=%s is refused at the start', (name, value, wanted) => {
  const parse = () => parseConfig(apiConfig, { TASKFLOW_DATABASE_URL: database.url, [name]: value });
  expect(parse).toThrow(InvalidInput);
  expect(parse).toThrow(wanted);
  if (name !== 'TASKFLOW_AUTH') expect(parse).not.toThrow(value);
});
