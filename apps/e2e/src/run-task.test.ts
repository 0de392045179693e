import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect } from '@jest/globals';
import { stringify } from 'yaml';
import type { Deployment } from './harness/deployment.js';
import { createJournal } from './harness/journal.js';
import { openLink, type Link } from './harness/link.js';
import { deployed } from './harness/prove.js';
import { runCli, type CliResult } from './harness/run-cli.js';
import { until } from './harness/until.js';

const LAUNCHER = join(import.meta.dirname, '../../cli/bin/taskflow.mjs');
const CONTAINED = join(import.meta.dirname, 'fixture/contained.ts');
const TOKEN = 'an-admin-token-that-is-long-enough-for-it';
const RUN_TASK = `exec ${process.execPath} ${LAUNCHER} run-task --grace 1s`;

const journal = createJournal();
let link: Link | undefined;
afterAll(async () => {
  await link?.close();
  journal.remove();
});

describe('taskflow run-task, as a job of a destination', () => {
  const { prove } = deployed(
    async ({ start, grpcAddress }) => {
      link = await openLink('api', () => Number(new URL(`http://${grpcAddress}`).port));
      const here = { name: 'here', kind: 'local', directory: journal.path('jobs'), sync_interval: '50ms', lease: '1s' };
      const file = journal.path('destinations.yaml');
      writeFileSync(file, stringify({ destinations: [{ ...here, api: `127.0.0.1:${link.port}` }] }));
      await start('api', { environment: { TASKFLOW_AUTH: 'tokens', TASKFLOW_ADMIN_TOKEN: TOKEN } });
      await start('scheduler');
      await start('pusher', { environment: { TASKFLOW_DESTINATIONS: file } });
    },
    { TASKFLOW_TOKEN: TOKEN },
  );

  let tasks = 0;
  const submit = async ({ client }: Deployment, bash: string, more: object = {}, params: object = {}) => {
    tasks += 1;
    const spec = { name: `t${String(tasks)}`, run: { bash }, push_destination: 'here', retry_delay: '0s', ...more };
    await client.services.definitions.applyDefinitions({
      definitions: [{ kind: 'task', specJson: JSON.stringify(spec) }],
    });
    return client.submit({ task: spec.name }, params);
  };
  const attemptsOf = ({ sql }: Deployment, id: string) =>
    sql(`select attempt, outcome, reason, exit_code from task_attempts where task_instance_id = $1 order by 1`, [id]);
  const linesOf = async ({ sql }: Deployment, id: string) =>
    (await sql<{ line: string }>(`select line from task_logs where task_instance_id = $1 order by seq`, [id])).map(
      ({ line }) => line,
    );

  prove('it runs a command, streams its log, and reports its output; the token stays its own', async (the) => {
    const gate = journal.path('gate-1');
    const script = `env | grep -c CLAIM_TOKEN; pwd; echo "for $TASKFLOW_PARAM_DAY"; while [ ! -e ${gate} ]; do sleep 0.05; done
      echo '{"rows": 3}' >"$TASKFLOW_OUTPUT"; echo late >&2`;
    const run = await submit(the, `${RUN_TASK} -- bash -c '${script.replaceAll("'", `'\\''`)}'`, {}, { day: 'Monday' });
    await until('its log is there before its end', async () => (await linesOf(the, run.id)).includes('for Monday'));
    expect(await run.get()).toMatchObject({ status: 'running' });
    writeFileSync(gate, '');
    expect(await run.result()).toEqual({ rows: 3 });
    await until(
      'all is settled',
      async () => (await the.sql(`select 1 from push_jobs where settle_by is not null`)).length === 0,
    );
    const [count, folder, ...rest] = await linesOf(the, run.id);
    expect([count, rest]).toEqual(['0', ['for Monday', 'late']]);
    expect(folder).toMatch(/\/work$/);
    const [job] = await the.sql<{ claim: string; spec: object }>(
      `select claim, spec from push_jobs where task_instance_id = $1`,
      [run.id],
    );
    expect(job?.claim).toMatch(/^local:/);
    expect(JSON.stringify(job?.spec)).not.toContain('tfc_');
  });

  prove("it runs the definition's own command where none is given, and a failure tells why", async (the) => {
    const inner = `[[ $TASKFLOW_RUN == inner ]] && { echo why >&2; exit 3; }; export TASKFLOW_RUN=inner; ${RUN_TASK}`;
    const run = await submit(the, inner);
    expect(await run.wait()).toMatchObject({
      status: 'failed',
      reason: 'EXIT_CODE',
      exitCode: 3,
      message: 'exit code 3: why',
    });
  });

  prove('it calls a handler of a module', async (the) => {
    const handler = { name: 'contained', retries: 2 };
    const bash = `${RUN_TASK} --module ${CONTAINED}`;
    const good = await submit(the, bash, handler);
    expect(await good.result()).toEqual({ name: 'contained', attempt: 1, inputs: [] });
    expect(await linesOf(the, good.id)).toEqual(['from the handler']);
    const bad = await submit(the, bash, handler, { fail: true });
    expect(await bad.wait()).toMatchObject({ status: 'failed', reason: 'USER_ERROR', attempt: 1 });
  });

  prove('a second container of the attempt runs nothing and ends with 86', async (the) => {
    const [gate, ran] = [journal.path('gate-2'), journal.path('ran-2')];
    const run = await submit(
      the,
      `${RUN_TASK} -- bash -c 'echo x >>${ran}; while [ ! -e ${gate} ]; do sleep 0.05; done'`,
    );
    await until('it runs', async () => journal.exists('ran-2'));
    const second = await runAgain(run.id, 'local:another');
    expect(second).toMatchObject({ code: 86 });
    expect(second.stderr).toContain('Another container, local:');
    writeFileSync(gate, '');
    expect(await run.wait()).toMatchObject({ status: 'success' });
    expect(journal.lines('ran-2')).toEqual(['x']);
    expect((await runAgain(run.id, 'local:another')).stderr).toContain('has ended as success');
  });

  prove('a cancel reaches the command, which may end in order', async (the) => {
    const trapped = journal.path('trapped');
    const run = await submit(
      the,
      `${RUN_TASK} -- bash -c 'trap "echo x >>${trapped}; exit 0" TERM; echo on; while :; do sleep 0.05; done'`,
    );
    await until('it runs', async () => (await linesOf(the, run.id)).includes('on'));
    await run.cancel('enough');
    expect(await run.wait()).toMatchObject({ status: 'cancelled', message: 'enough' });
    expect(journal.lines('trapped')).toEqual(['x']);
  });

  prove('with the api away it goes on, and reports when it is back', async (the) => {
    const gate = journal.path('gate-3');
    const bash = `${RUN_TASK} -- bash -c 'echo on; while [ ! -e ${gate} ]; do sleep 0.05; done; echo 7 >$TASKFLOW_OUTPUT; echo off'`;
    const run = await submit(the, bash);
    await until('it runs', async () => (await linesOf(the, run.id)).includes('on'));
    link?.silence(2000);
    writeFileSync(gate, '');
    expect(await run.result()).toBe(7);
    await until('the log is whole', async () => (await linesOf(the, run.id)).join() === 'on,off');
    expect(await attemptsOf(the, run.id)).toHaveLength(1);
  });

  prove('a report whose answer is lost counts once', async (the) => {
    const gate = journal.path('gate-4');
    const run = await submit(the, `${RUN_TASK} -- bash -c 'echo on; while [ ! -e ${gate} ]; do sleep 0.05; done'`);
    await until('it runs', async () => (await linesOf(the, run.id)).includes('on'));
    link?.mute(1000);
    writeFileSync(gate, '');
    expect(await run.wait()).toMatchObject({ status: 'success' });
    await until(
      'all is settled',
      async () => (await the.sql(`select 1 from push_jobs where settle_by is not null`)).length === 0,
    );
    expect(await attemptsOf(the, run.id)).toHaveLength(1);
    expect(await the.sql(`select 1 from task_events where type = 'outcome_mismatch'`)).toEqual([]);
  });

  prove('when the api stays away, the exit code tells; an output that cannot be told is no success', async (the) => {
    const folder = journal.path('offline');
    const job = { TASKFLOW_API_ADDRESS: '127.0.0.1:1', TASKFLOW_CLAIM_TOKEN: 'x', TASKFLOW_CONTAINER: 'local:x' };
    const unreached = await runCli(['run-task', '--claim-timeout', '1s', '--', 'touch', folder], job);
    expect([unreached.code, journal.exists('offline')]).toEqual([7, false]);
    for (const [output, status, reason] of [
      ['', 'success', null],
      ['echo 1 >$TASKFLOW_OUTPUT; ', 'failed', 'EXIT_CODE'],
    ] as const) {
      const gate = journal.path(`gate-5${String(reason)}`);
      const wait = `while [ ! -e ${gate} ]; do sleep 0.05; done`;
      const run = await submit(the, `${RUN_TASK} --report-timeout 1s -- bash -c 'echo on; ${wait}; ${output}exit 0'`);
      await until('it runs', async () => (await linesOf(the, run.id)).includes('on'));
      link?.silence(8000);
      writeFileSync(gate, '');
      expect(await run.wait()).toMatchObject({ status, ...(reason === null ? {} : { reason, exitCode: 75 }) });
      link?.reset();
    }
  });

  describe.each([
    ['job_connected', ['2'], 'failed'],
    ['job_claimed', ['2'], 'failed'],
    ['job_started', ['2'], 'failed'],
    ['job_ended', ['1', '2'], 'failed'],
    ['job_reported', ['1'], 'success'],
  ])('killed at %s', (point, ran, first) => {
    prove(`the attempts that ran are ${ran.join(' and ')}, each once`, async (the) => {
      const trace = journal.path(`ran-${point}`);
      const command = `bash -c 'echo $TASKFLOW_ATTEMPT >>${trace}'`;
      // Killed there, the command has hardly begun: it is to be ended with its container.
      const slow =
        point === 'job_started'
          ? `bash -c 'sleep 0.$((5 / TASKFLOW_ATTEMPT)); echo $TASKFLOW_ATTEMPT >>${trace}'`
          : command;
      const kill = `[[ $TASKFLOW_ATTEMPT == 1 ]] && export TASKFLOW_TEST_KILL_AT=${point}`;
      const run = await submit(the, `${kill}; ${RUN_TASK} -- ${slow}`, { retries: 1 });
      expect(await run.wait()).toMatchObject({ status: 'success' });
      expect(journal.lines(`ran-${point}`)).toEqual(ran);
      expect(await attemptsOf(the, run.id)).toMatchObject([
        { attempt: 1, outcome: first },
        ...(first === 'failed' ? [{ attempt: 2, outcome: 'success' }] : []),
      ]);
      expect(await the.audit()).toEqual([]);
    });
  });
});

/** Runs the job of an instance once more, as a second container of it would. */
function runAgain(id: string, container: string): Promise<CliResult> {
  const folder = readdirSync(journal.path('jobs')).find((name) => name.includes(`-${id}-a1-`)) ?? '';
  const text = readFileSync(join(journal.path('jobs'), folder, 'environment'), 'utf8');
  const variables = [...text.matchAll(/^export (TASKFLOW_\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  const args = ['run-task', '--', 'bash', '-c', `echo again >>${journal.path('ran-2')}`];
  return runCli(args, { ...(Object.fromEntries(variables) as Record<string, string>), TASKFLOW_CONTAINER: container });
}
