import { request as httpRequest } from 'node:http';
import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import { ROLES, type Role } from '@taskflow/domain';
import { AccessServiceService } from '@taskflow/proto/taskflow/v1/access.js';
import { DefinitionServiceService } from '@taskflow/proto/taskflow/v1/definitions.js';
import { InstanceServiceService } from '@taskflow/proto/taskflow/v1/instances.js';
import { ScheduleServiceService } from '@taskflow/proto/taskflow/v1/schedules.js';
import { SubmissionServiceService } from '@taskflow/proto/taskflow/v1/submissions.js';
import { WorkerServiceService } from '@taskflow/proto/taskflow/v1/workers.js';
import { ADMIN_TOKEN, openGuardedApi, type GuardedApi } from '../../test/open-guarded-api.js';

let api: GuardedApi;
let raw: Client;

beforeAll(async () => {
  api = await openGuardedApi();
  raw = new Client(api.address, credentials.createInsecure());
});
afterAll(async () => {
  raw.close();
  await api.close();
});

interface Answer {
  readonly code: number;
  readonly details: string;
}

/** Any method by its path, with an empty message and any headers; the status that it ends with. */
function callRaw(path: string, authorization: readonly string[]): Promise<Answer> {
  const metadata = new Metadata();
  for (const value of authorization) metadata.add('authorization', value);
  const call = raw.makeBidiStreamRequest(
    path,
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
    metadata,
  );
  call.on('data', () => undefined);
  call.on('error', () => undefined);
  const answer = new Promise<Answer>((resolve) => {
    call.on('status', ({ code, details }: Answer) => resolve({ code, details }));
  });
  call.write(Buffer.alloc(0));
  call.end();
  return answer;
}

/** REST with the header as it is, which fetch would tidy up. */
function restRaw(path: string, authorization: string | undefined, method = 'GET') {
  return new Promise<{ status: number; challenge: string | undefined; body: string }>((resolve, reject) => {
    const headers = authorization === undefined ? {} : { authorization };
    const sent = httpRequest(`${api.baseUrl}${path}`, { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, challenge: response.headers['www-authenticate'], body }),
      );
    });
    sent.on('error', reject).end();
  });
}

const SERVICES = [
  AccessServiceService,
  DefinitionServiceService,
  InstanceServiceService,
  ScheduleServiceService,
  SubmissionServiceService,
  WorkerServiceService,
];
const PATHS = SERVICES.flatMap((service) => Object.values(service).map(({ path }) => path));

const LIST = '/taskflow.v1.DefinitionService/ListTasks';
const READS = /\/(Get|List(?!Tokens|Audit)|Wait|Tail|Preview|Validate|WhoAmI)/;
const WORKS = /\/(Session|Heartbeat|CompleteAndLease|ApplyDefinitions|WhoAmI)$/;
const ADMINISTERS = /AccessService\/(?!WhoAmI)/;
const MAY: Readonly<Record<Role, (path: string) => boolean>> = {
  viewer: (path) => READS.test(path),
  operator: (path) => !ADMINISTERS.test(path) && !/WorkerService/.test(path),
  admin: () => true,
  worker: (path) => WORKS.test(path),
};

describe('every RPC', () => {
  it('is closed without a token', async () => {
    const answers = await Promise.all(PATHS.map((path) => callRaw(path, [])));
    expect(answers.map(({ code }) => code)).toEqual(PATHS.map(() => status.UNAUTHENTICATED));
    expect(answers[0]?.details).toMatch(/TASKFLOW_TOKEN.*taskflow auth token create/);
  });

  it.each(ROLES)('is open to %s where the role may, and only there', async (role) => {
    const { secret } = await api.token(role);
    const refused: string[] = [];
    for (const path of PATHS) {
      const { code } = await callRaw(path, [`Bearer ${secret}`]);
      expect(code).not.toBe(status.UNAUTHENTICATED);
      if (code === status.PERMISSION_DENIED) refused.push(path);
    }
    expect(refused).toEqual(PATHS.filter((path) => !MAY[role](path)));
  });

  it('says which role it needs and which one the caller has', async () => {
    const { secret } = await api.token('worker', 'gpu pool');
    await expect(api.as(secret).instances.cancelTaskInstance({ id: '1', reason: '' })).rejects.toMatchObject({
      name: 'PermissionDenied',
      reason: 'ROLE_MISSING',
      message: expect.stringMatching(
        /CancelTaskInstance needs the role operator or admin; the token "gpu pool" has the role worker/,
      ),
      metadata: { role: 'worker', needed: 'operator,admin' },
    });
  });

  it('leaves health, reflection and the document of REST open', async () => {
    for (const path of ['/v1/openapi.json', '/healthz', '/readyz']) {
      expect((await restRaw(path, undefined)).status).toBe(200);
    }
    expect((await callRaw('/grpc.health.v1.Health/Check', [])).code).toBe(status.OK);
    expect((await callRaw('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', [])).code).toBe(status.OK);
  });
});

describe('REST', () => {
  it('answers 401 and 403 with a challenge, and serves whom gRPC serves', async () => {
    const { secret } = await api.token('viewer');
    expect(await restRaw('/v1/tasks', undefined)).toMatchObject({ status: 401, challenge: 'Bearer realm="taskflow"' });
    expect(await restRaw('/v1/tasks', 'Bearer nonsense')).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="taskflow", error="invalid_token"',
      body: expect.stringContaining('"reason":"TOKEN_UNKNOWN"'),
    });
    expect(await restRaw('/v1/tokens', `Bearer ${secret}`)).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="taskflow", error="insufficient_scope"',
    });
    expect(await restRaw('/v1/tasks', `Bearer ${secret}`)).toMatchObject({ status: 200 });
    const { body } = await restRaw('/v1/whoami', `bearer ${secret}`);
    expect(JSON.parse(body)).toMatchObject({ role: 'viewer', authenticated: true });
  });
});

describe('an authorization', () => {
  const WRONG: readonly (readonly [string, readonly string[], string])[] = [
    ['of another scheme', [`Basic ${ADMIN_TOKEN}`], 'cannot be read'],
    ['without a scheme', [ADMIN_TOKEN], 'cannot be read'],
    ['without a token', ['Bearer'], 'cannot be read'],
    ['with two words', [`Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}`], 'cannot be read'],
    ['with a token of 10 KB', [`Bearer ${'x'.repeat(10_000)}`], 'cannot be read'],
    ['with the beginning of a right token', [`Bearer ${ADMIN_TOKEN.slice(0, -1)}`], 'not known'],
    ['with more than a right token', [`Bearer ${ADMIN_TOKEN}x`], 'not known'],
    ['with a token in another case', [`Bearer ${ADMIN_TOKEN.toUpperCase()}`], 'not known'],
    ['with SQL in it', [`Bearer tf_'or(1=1)--${'x'.repeat(32)}`], 'not known'],
    ['with a token that was never made', [`Bearer tf_${'A'.repeat(43)}`], 'not known'],
  ];

  it.each(WRONG)('%s is refused, and not repeated', async (_what, authorization, expected) => {
    const { code, details } = await callRaw(LIST, authorization);
    expect(code).toBe(status.UNAUTHENTICATED);
    expect(details).toContain(expected);
    expect(details).not.toContain(ADMIN_TOKEN.slice(0, 12));
    expect(details).not.toMatch(/x{10}|A{10}|or\(1=1\)/);
    const rest = await restRaw('/v1/tasks', authorization[0]);
    expect(rest.status).toBe(401);
    expect(rest.body).toContain(expected);
    expect(rest.body).not.toContain(ADMIN_TOKEN.slice(0, 12));
  });

  it('is read whatever the case of its scheme', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
      expect((await callRaw(LIST, [`${scheme} ${ADMIN_TOKEN}`])).code).toBe(status.OK);
    }
  });

  it('that cannot be sent is refused by the client, without its words', () => {
    expect(() => api.as('se\ncret')).toThrow(/token: is missing, wanted at most 512 visible ASCII characters/);
    expect(() => api.as('gehe\u{fc}m')).toThrow(expect.objectContaining({ reason: 'BAD_TOKEN' }));
    expect(() => api.as('se\ncret')).not.toThrow(/cret/);
  });
});

describe('a token', () => {
  it('is made once, shown once, stored as its hash, and says who used it', async () => {
    const { token, secret } = await api.admin.access.createToken({ name: 'ci: deploy', role: 'operator' });
    expect(secret).toMatch(/^tf_[\w-]{43}$/);
    expect(token).toMatchObject({
      name: 'ci: deploy',
      role: 'operator',
      state: 'valid',
      createdBy: 'TASKFLOW_ADMIN_TOKEN',
    });
    const [stored] = await api.sql<{ row: string; matches: boolean }>(
      `select t::text as row, t.hash = sha256(convert_to($2, 'UTF8')) as matches from api_tokens t where id = $1`,
      [token?.id, secret],
    );
    expect(stored?.matches).toBe(true);
    expect(stored?.row).not.toContain(secret.slice(3));
    expect(await api.as(secret).access.whoAmI({})).toMatchObject({
      name: 'ci: deploy',
      role: 'operator',
      tokenId: token?.id,
    });
    const { tokens } = await api.admin.access.listTokens({ pageSize: 1000, pageToken: '' });
    expect(tokens.find(({ id }) => id === token?.id)).toMatchObject({ name: 'ci: deploy' });
    expect(
      JSON.stringify(tokens, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain(secret);
  });

  it.each([
    `x'; drop table api_tokens; --`,
    'line\nbreak',
    '\u001b[31mred',
    '',
    ' ',
    '$(reboot)',
    '<script>',
    'a'.repeat(101),
    'nul\0',
    'scheduler',
    'worker:w1',
  ])('cannot have the name %j', async (name) => {
    await expect(api.admin.access.createToken({ name, role: 'viewer' })).rejects.toMatchObject({
      name: 'InvalidInput',
      violations: [{ field: 'name' }],
    });
  });

  it('may have a name in any language, which nobody else has until it is revoked', async () => {
    const name = 'Größe ✓'.replace(' ✓', ' 東京');
    const { id } = await api.token('viewer', name);
    await expect(api.token('admin', name)).rejects.toMatchObject({ name: 'AlreadyExists', reason: 'TOKEN_EXISTS' });
    const revoked = await api.admin.access.revokeToken({ id });
    expect(revoked.token).toMatchObject({ state: 'revoked', revokedBy: 'TASKFLOW_ADMIN_TOKEN' });
    expect((await api.admin.access.revokeToken({ id })).token).toEqual(revoked.token);
    await expect(api.token('admin', name)).resolves.toMatchObject({ name });
  });

  it('has one of four roles and a sensible life', async () => {
    await expect(
      api.admin.access.createToken({ name: 'odd', role: 'root', ttl: { seconds: 5n, nanos: 0 } }),
    ).rejects.toMatchObject({ violations: [{ field: 'role' }, { field: 'ttl' }] });
    await expect(api.admin.access.revokeToken({ id: '999999' })).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('is noted as used, to a minute', async () => {
    const { id, secret } = await api.token('viewer');
    await api.as(secret).access.whoAmI({});
    await api.admin.access.revokeToken({ id: (await api.token('viewer')).id });
    const [row] = await api.sql<{ ago: number }>(
      'select extract(epoch from clock_timestamp() - last_used_at)::float8 as ago from api_tokens where id = $1',
      [id],
    );
    expect(row?.ago).toBeLessThan(30);
  });
});
