import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { isTaskflowError, type InvalidInput } from '@taskflow/sdk';
import { stringify } from 'yaml';
import { createJournal } from './harness/journal.js';
import { deployed } from './harness/prove.js';
import { runCli } from './harness/run-cli.js';

const journal = createJournal();
afterAll(() => journal.remove());

function yaml(name: string, content: string): string {
  const path = journal.path(name);
  writeFileSync(path, content);
  return path;
}

const failureOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isTaskflowError(error)) throw new Error(`wanted a refusal, got ${String(error)}`);
  const { kind, reason, message } = error;
  return { kind, reason, message, violations: (error as Partial<InvalidInput>).violations ?? [] };
};

const ok = { name: 'ok', bash: 'true' };
const flow = (tasks: object[], more: object = {}) => ({ workflows: [{ name: 'flow', tasks, ...more }] });

describe('bad input is refused with its field and what to do, the same over gRPC, REST and on the command line', () => {
  const { prove } = deployed(async ({ start, client }) => {
    await start('api');
    await client.services.definitions.applyDefinitions({
      definitions: [
        {
          kind: 'task',
          specJson: JSON.stringify({
            name: 'report',
            bash: 'true',
            params: {
              type: 'object',
              properties: { day: { type: 'string', format: 'date' }, limit: { type: 'integer', minimum: 1 } },
              required: ['day'],
              additionalProperties: false,
            },
          }),
        },
        { kind: 'workflow', specJson: JSON.stringify({ name: 'daily', tasks: [{ key: 'a', bash: 'true' }] }) },
      ],
    });
  });

  /** A file of definitions; the field that is wrong, as the file and as the request call it; what the message says. */
  const definitions: [string, { tasks?: object[]; workflows?: object[] }, string, RegExp][] = [
    ['unknown task', flow([{ key: 'a', task: 'nowhere' }]), 'tasks[0].task', /nowhere.*registered|nowhere.*Task/s],
    [
      'cycle',
      flow([
        { key: 'a', bash: 'true', depends_on: ['b'] },
        { key: 'b', bash: 'true', depends_on: ['a'] },
      ]),
      'depends_on',
      /a.*b.*a/s,
    ],
    ['unknown dependency', flow([{ key: 'load', bash: 'true', depends_on: ['laod'] }]), 'tasks[0].depends_on', /laod/],
    ['duplicate name', { tasks: [ok, ok] }, 'name', /"ok".*another name/s],
    [
      'duplicate key',
      flow([
        { key: 'a', bash: 'true' },
        { key: 'a', bash: 'true' },
      ]),
      'tasks[1].key',
      /a/,
    ],
    ['bad cron', { tasks: [{ ...ok, schedule: '61 * * * *' }] }, 'schedule', /61.*(0|minute)/s],
    [
      'bad zone',
      { tasks: [{ ...ok, schedule: { cron: '0 6 * * *', timezone: 'America/New_Yrok' } }] },
      'schedule.timezone',
      /New_Yrok.*IANA|New_Yrok.*America\/New_York/s,
    ],
    ['misspelt field', { tasks: [{ ...ok, retires: 3 }] }, 'retires', /did you mean "retries"/],
    ['bad schema', { tasks: [{ ...ok, params: { type: 'objcet' } }] }, 'params', /objcet|type/],
  ];

  for (const [name, file, field, message] of definitions) {
    prove(`definitions: ${name}`, async ({ client, rest, grpcAddress }) => {
      const list = [
        ...(file.tasks ?? []).map((spec) => ({ kind: 'task', spec })),
        ...(file.workflows ?? []).map((spec) => ({ kind: 'workflow', spec })),
      ];
      const request = { definitions: list.map(({ kind, spec }) => ({ kind, specJson: JSON.stringify(spec) })) };
      const refused = await failureOf(client.services.definitions.applyDefinitions(request));
      expect(refused).toMatchObject({ kind: 'InvalidInput', message: expect.stringMatching(message) });
      expect(refused.violations.map((violation) => violation.field).join(' ')).toContain(field);

      const answer = await rest('POST', '/v1/definitions:apply', { definitions: list });
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { code: 'INVALID_ARGUMENT', message: refused.message, requestId: expect.any(String) } },
      });

      const path = yaml('bad.yaml', stringify(file, { aliasDuplicateObjects: false }));
      const { code, stdout, stderr } = await runCli(['workflow', 'apply', '-f', path, '--api', grpcAddress]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(field);
      expect(stderr).toMatch(message);
    });
  }

  prove('definitions: nothing of a refused file is registered', async ({ sql }) => {
    expect(await sql('select name from tasks order by name')).toEqual([{ name: 'daily.a' }, { name: 'report' }]);
  });

  const submissions: [string, string, object, string | undefined, RegExp][] = [
    ['params that lack what is required', 'report', {}, 'day', /day/],
    ['params of another type', 'report', { day: '2026-01-01', limit: 'many' }, 'limit', /limit.*many|limit.*integer/s],
    ['params that are unknown', 'report', { day: '2026-01-01', dya: 1 }, 'dya', /dya/],
    ['a Task that is not registered', 'reprot', {}, undefined, /"reprot".*(did you mean|Did you mean).*"?report/s],
  ];
  for (const [name, target, params, field, message] of submissions) {
    prove(`submissions: ${name}`, async ({ client, rest, grpcAddress }) => {
      const refused = await failureOf(client.submit({ task: target }, params));
      const [kind, code, status, exit] =
        field === undefined ? ['NotFound', 'NOT_FOUND', 404, 3] : ['InvalidInput', 'INVALID_ARGUMENT', 400, 2];
      expect(refused).toMatchObject({ kind, message: expect.stringMatching(message) });
      if (field !== undefined) expect(refused.violations.map((one) => one.field).join(' ')).toContain(field);
      expect(await rest('POST', '/v1/task-instances', { task: target, params })).toMatchObject({
        status,
        body: { error: { code, message: refused.message } },
      });
      const args = ['task', 'submit', target, '--params', JSON.stringify(params), '--api', grpcAddress];
      const typed = await runCli(args);
      expect(typed).toMatchObject({ code: exit, stdout: '', stderr: expect.stringMatching(message) });
      const { results } = await client.services.submissions.submitBatch({
        requestId: '',
        submissions: [
          {
            item: {
              $case: 'task',
              value: { task: target, paramsJson: JSON.stringify(params), priority: '', requestId: '', queue: '' },
            },
          },
          { item: { $case: 'workflow', value: { workflow: 'daily', paramsJson: '', priority: '', requestId: '' } } },
        ],
      });
      expect(results).toMatchObject([{ error: { message: expect.stringMatching(message) } }, { created: true }]);
    });
  }

  prove('an oversized payload is refused with its size and the limit', async ({ client, rest }) => {
    const params = { day: 'x'.repeat(300 * 1024) };
    const refused = await failureOf(client.submit({ task: 'report' }, params));
    expect(refused).toMatchObject({ kind: 'InvalidInput', message: expect.stringMatching(/256 KiB|262144/) });
    expect(await rest('POST', '/v1/task-instances', { task: 'report', params })).toMatchObject({ status: 400 });
    const huge = { day: 'x'.repeat(20 * 1024 * 1024) };
    expect(await failureOf(client.submit({ task: 'report' }, huge))).toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringMatching(/16777216|16 MiB/),
    });
    expect(await rest('POST', '/v1/task-instances', { task: 'report', params: huge })).toMatchObject({
      status: 413,
      body: { error: { message: expect.stringMatching(/1 MiB.*gRPC/s) } },
    });
  });

  prove('an unknown status filter names the statuses', async ({ client, rest, grpcAddress }) => {
    const request = { pageSize: 0, pageToken: '', status: ['runing'], task: '', workflowInstanceId: '' };
    const refused = await failureOf(client.services.instances.listTaskInstances(request));
    expect(refused).toMatchObject({ kind: 'InvalidInput', message: expect.stringMatching(/status.*runing.*running/s) });
    expect(await rest('GET', '/v1/task-instances?status=runing')).toMatchObject({ status: 400 });
    const typed = await runCli(['task', 'list', '--status', 'runing', '--api', grpcAddress]);
    expect(typed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/runing.*running/s) });
  });

  prove(
    'ids that are unknown or no ids, and what an instance’s state forbids',
    async ({ client, rest, grpcAddress }) => {
      expect(await failureOf(client.taskInstance('999999').get())).toMatchObject({ kind: 'NotFound' });
      expect(await failureOf(client.taskInstance("1' or '1").get())).toMatchObject({ kind: 'InvalidInput' });
      expect(await rest('GET', '/v1/task-instances/999999')).toMatchObject({ status: 404 });
      expect(await runCli(['task', 'get', '999999', '--api', grpcAddress])).toMatchObject({ code: 3, stdout: '' });
      const queued = await client.submit({ task: 'report' }, { day: '2026-01-01' });
      expect(await failureOf(queued.retry())).toMatchObject({ kind: 'IllegalTransition' });
      expect(await rest('POST', `/v1/task-instances/${queued.id}:retry`, {})).toMatchObject({ status: 409 });
      expect(await runCli(['task', 'retry', queued.id, '--api', grpcAddress])).toMatchObject({ code: 1, stdout: '' });
    },
  );
});

describe('what keeps a service from starting is said in words', () => {
  it('a corrupt YAML is shown with its place', async () => {
    const path = yaml('corrupt.yaml', 'tasks:\n  - name: a\n   bash: true\n');
    const { code, stderr } = await runCli(['workflow', 'apply', '-f', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/corrupt\.yaml is not valid YAML: .*at line 3, column/s);
    const pusher = await runCli(['serve', 'pusher'], {
      TASKFLOW_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      TASKFLOW_DESTINATIONS: path,
    });
    expect(pusher.code).toBe(2);
    expect(pusher.stderr).toMatch(/corrupt\.yaml.*YAML.*line 3/s);
  });

  it('a YAML bomb does no harm', async () => {
    const levels = 'abcdefghi'.split('').map((key, index, keys) => {
      const inner = index === 0 ? '"x"' : `*${keys[index - 1] ?? ''}`;
      return `${key}: &${key} [${Array.from({ length: 9 }, () => inner).join(',')}]`;
    });
    const path = yaml('bomb.yaml', `${levels.join('\n')}\ntasks: *i\n`);
    const { code, stderr } = await runCli(['workflow', 'validate', '-f', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/bomb\.yaml.*alias/is);
  });

  it('a module that does not load ends the worker with its reason', async () => {
    const path = yaml('broken.mjs', 'import "./not-there.mjs";');
    const { code, stderr } = await runCli(['serve', 'worker', '--load', path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/broken\.mjs cannot be loaded: .*not-there\.mjs/);
  });
});
