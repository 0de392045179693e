import { openContext, type TestContext } from '../test/open-context.js';
import { holdHere } from '../test/push-bench.js';
import { defineTasks, statusOf, submit } from '../test/worker-bench.js';
import { cancelTaskInstance } from '../task/cancel-task.js';
import { applyObservations } from './apply-observations.js';
import { appendClaimedLines, beatPushedJob } from './beat-pushed-job.js';
import { claimJobs } from './claim-jobs.js';
import { claimPushedJob } from './claim-pushed-job.js';
import { trackedJobs } from './find-pushed.js';
import { markSubmitting, type MarkedSubmit } from './mark-submitting.js';
import type { JobObservation } from './observed-end.js';
import type { PushCtx } from './push-context.js';
import { recordSubmits } from './record-submits.js';
import { claimsOf, repointJobs } from './repoint-jobs.js';
import { reportPushedJob } from './report-pushed-job.js';
import { settleJobs, unsettledJobs } from './settle-jobs.js';

let ctx: TestContext;
let push: PushCtx;

beforeAll(async () => {
  ctx = await openContext();
  push = await holdHere(ctx);
});
afterAll(() => ctx.close());

let tasks = 0;

interface Pushed {
  readonly id: string;
  readonly job: MarkedSubmit;
  readonly token: string;
  readonly task: string;
}

/** An instance whose job was sent and has an id at its destination. */
async function pushed(more: object = {}): Promise<Pushed> {
  tasks += 1;
  const task = `t${String(tasks)}`;
  await defineTasks(ctx, { name: task, bash: 'true', push_destination: 'here', ...more });
  const [id = ''] = await submit(ctx, task);
  return sent(id, task);
}

async function sent(id: string, task: string): Promise<Pushed> {
  await claimJobs(push, {
    limit: 100,
    deploymentId: 'd',
    nameFor: ({ taskInstanceId, attempt }) => `n-${taskInstanceId}-${String(attempt)}`,
    scopeFor: () => ({}),
    validate: () => [],
  });
  const [job] = await markSubmitting(push, { limit: 100, deploymentId: 'd', apiAddress: 'api:7233' });
  if (job === undefined) throw new Error('nothing was marked');
  const externalId = `e-${job.jobId}`;
  await recordSubmits(push, { results: [{ jobId: job.jobId, kind: 'exists', externalId, scope: {} }] });
  return { id, job, task, token: job.spec.env['TASKFLOW_CLAIM_TOKEN'] ?? '' };
}

async function observe(jobId: string, seen: Partial<JobObservation>): Promise<number> {
  const job = (await trackedJobs(push)).find((one) => one.id === jobId);
  if (job === undefined) return 0;
  return applyObservations(push, [{ job, seen: { terminal: true, remoteStatus: 'over', state: 'failed', ...seen } }]);
}

const events = (id: string) =>
  ctx.sql<{ type: string; detail: unknown }>(
    `select type, detail from task_events where task_instance_id = $1 and type in ('outcome_mismatch', 'repointed')`,
    [id],
  );

test('of two containers one may run the attempt; asked again, also after a lost answer, it gets the same', async () => {
  const { id, token } = await pushed();
  const [first, second] = [
    { token, container: 'local:a' },
    { token, container: 'local:b' },
  ];
  const lease = await claimPushedJob(ctx, first);
  expect(lease).toMatchObject({ ref: { id, attempt: 1 }, runJson: '{"bash":"true"}', paramsJson: '{}' });
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'running' });
  await expect(claimPushedJob(ctx, second)).rejects.toMatchObject({ kind: 'LeaseLost', reason: 'CLAIM_REFUSED' });
  expect(await claimPushedJob(ctx, first)).toEqual(lease);
  await expect(reportPushedJob(ctx, second, { outcome: 'success' })).rejects.toMatchObject({ kind: 'LeaseLost' });
  expect(await beatPushedJob(ctx, second)).toMatchObject({ order: 'ended' });
  expect(await beatPushedJob(ctx, first)).toEqual({ order: 'run' });
});

test('of many containers at once exactly one wins', async () => {
  const { token } = await pushed();
  const claims = Array.from({ length: 8 }, (_, i) => claimPushedJob(ctx, { token, container: `local:c${String(i)}` }));
  const won = (await Promise.allSettled(claims)).filter(({ status }) => status === 'fulfilled');
  expect(won).toHaveLength(1);
});

test('a job that Batch starts again on another host claims anew; what it replaced may not', async () => {
  const { token } = await pushed();
  const run = (number: number) => claimPushedJob(ctx, { token, container: `batch:j1:${String(number)}` });
  await run(1);
  await run(2);
  await expect(run(1)).rejects.toMatchObject({ reason: 'CLAIM_REFUSED' });
  await expect(claimPushedJob(ctx, { token, container: 'batch:j2:3' })).rejects.toMatchObject({ kind: 'LeaseLost' });
});

test('a token is of its own job alone, and is stored nowhere', async () => {
  const { token, job } = await pushed();
  const other = await pushed();
  const forged = token.replace(`tfc_${job.jobId}_`, `tfc_${other.job.jobId}_`);
  for (const bad of [forged, '', 'tf_x', `${token}x`]) {
    await expect(claimPushedJob(ctx, { token: bad, container: 'local:a' })).rejects.toMatchObject({
      kind: 'Unauthenticated',
      reason: 'CLAIM_TOKEN_UNKNOWN',
    });
  }
  await expect(claimPushedJob(ctx, { token, container: 'a b' })).rejects.toMatchObject({ kind: 'InvalidInput' });
  const [row] = await ctx.sql<{ text: string }>(`select push_jobs::text as text from push_jobs where id = $1`, [
    job.jobId,
  ]);
  expect(row?.text).toContain('TASKFLOW_EXTERNAL_NAME');
  expect(row?.text).not.toContain(token);
});

test('what is to end is not started, and what runs hears of it', async () => {
  const early = await pushed();
  await cancelTaskInstance(ctx, { id: early.id, reason: 'not needed' });
  const claim = { token: early.token, container: 'local:a' };
  await expect(claimPushedJob(ctx, claim)).rejects.toMatchObject({ message: expect.stringContaining('not needed') });
  const running = await pushed();
  const own = { token: running.token, container: 'local:a' };
  await claimPushedJob(ctx, own);
  await cancelTaskInstance(ctx, { id: running.id, reason: 'enough' });
  expect(await beatPushedJob(ctx, own)).toEqual({ order: 'cancel', reason: 'enough' });
  await reportPushedJob(ctx, own, { outcome: 'cancelled', reason: 'CANCELLED' });
  expect(await statusOf(ctx, running.id)).toMatchObject({ status: 'cancelled' });
  expect(await beatPushedJob(ctx, own)).toMatchObject({ order: 'ended' });
});

test('the report first: it stands, the later word of the destination is an event, and nothing happens twice', async () => {
  const { id, token, job } = await pushed();
  const claim = { token, container: 'local:a' };
  await claimPushedJob(ctx, claim);
  const report = { outcome: 'success', outputJson: '{"rows":3}' } as const;
  expect(await reportPushedJob(ctx, claim, report)).toBe('accepted');
  expect(await reportPushedJob(ctx, claim, report)).toBe('duplicate');
  expect(await observe(job.jobId, { failureClass: 'infra', reasonCode: 'NODE_LOST' })).toBe(0);
  const unsettled = await unsettledJobs(push);
  const seen = { state: 'failed', terminal: true, remoteStatus: 'Failed', failureClass: 'infra' } as const;
  await settleJobs(push, [{ job: unsettled.find((one) => one.id === job.jobId) ?? never(), seen }]);
  expect(await events(id)).toMatchObject([{ type: 'outcome_mismatch', detail: { written: 'success', told: 'lost' } }]);
  expect((await unsettledJobs(push)).some((one) => one.id === job.jobId)).toBe(false);
  const rows = await ctx.sql(`select outcome, next_status from task_attempts where task_instance_id = $1`, [id]);
  expect(rows).toEqual([{ outcome: 'success', next_status: 'success' }]);
  const [row] = await ctx.sql(`select status, output from task_instances where id = $1`, [id]);
  expect(row).toEqual({ status: 'success', output: { rows: 3 } });
});

test('the destination first: it stands, and the report is late', async () => {
  const { id, token, job } = await pushed();
  const claim = { token, container: 'local:a' };
  await claimPushedJob(ctx, claim);
  expect(await observe(job.jobId, { exitCode: 137, failureClass: 'oom', reasonCode: 'OOM' })).toBe(1);
  expect(await reportPushedJob(ctx, claim, { outcome: 'success', outputJson: '1' })).toBe('late');
  expect(await statusOf(ctx, id)).toMatchObject({ status: 'failed', reason: 'OOM' });
  expect(await ctx.sql(`select 1 as n from task_attempts where task_instance_id = $1`, [id])).toHaveLength(1);
});

test('report and observation at the same moment write one end', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { id, token, job } = await pushed();
    const claim = { token, container: 'local:a' };
    await claimPushedJob(ctx, claim);
    await Promise.all([
      reportPushedJob(ctx, claim, { outcome: 'success' }),
      observe(job.jobId, { exitCode: 1, failureClass: 'user', reasonCode: 'EXIT_CODE' }),
    ]);
    expect(await ctx.sql(`select 1 as n from task_attempts where task_instance_id = $1`, [id])).toHaveLength(1);
  }
});

test('a next attempt is sent only once the destination has told of the end of the one before', async () => {
  const { id, token, job, task } = await pushed({ retries: 1, retry_delay: '0s' });
  const claim = { token, container: 'local:a' };
  await claimPushedJob(ctx, claim);
  await reportPushedJob(ctx, claim, { outcome: 'failed', reason: 'EXIT_CODE', exitCode: 3 });
  await expect(sent(id, task)).rejects.toThrow('nothing was marked');
  const unsettled = (await unsettledJobs(push)).filter((one) => one.id === job.jobId);
  await settleJobs(
    push,
    unsettled.map((one) => ({ job: one, seen: { state: 'failed', terminal: true, remoteStatus: 'exit 3' } })),
  );
  expect((await sent(id, task)).job.identity.attempt).toBe(2);
  expect(await events(id)).toEqual([]);
});

test('what lost the claim is followed no more', async () => {
  const { id, job } = await pushed();
  await claimPushedJob(ctx, { token: job.spec.env['TASKFLOW_CLAIM_TOKEN'] ?? '', container: 'batch:other:1' });
  const claim = (await claimsOf(push, [job.jobId])).get(job.jobId) ?? '';
  const move = { id: job.jobId, fromId: `e-${job.jobId}`, toId: 'other', claim };
  expect(await repointJobs(push, [{ ...move, claim: 'batch:third:1' }])).toBe(0);
  expect(await repointJobs(push, [move])).toBe(1);
  expect(await repointJobs(push, [move])).toBe(0);
  expect(await events(id)).toMatchObject([{ type: 'repointed', detail: { to: 'other' } }]);
});

test('lines are stored once, those of a container without the claim never', async () => {
  const { id, token } = await pushed();
  const claim = { token, container: 'local:a' };
  const line = (seq: number) => ({ seq: String(seq), stream: 'stdout' as const, at: new Date(seq), line: `l${seq}\0` });
  await appendClaimedLines(ctx, claim, [line(1)]);
  await claimPushedJob(ctx, claim);
  expect(await appendClaimedLines(ctx, claim, [line(1), line(2)])).toEqual({ seq: '2' });
  await appendClaimedLines(ctx, claim, [line(2)]);
  const rows = await ctx.sql(`select line from task_logs where task_instance_id = $1 order by seq`, [id]);
  expect(rows).toEqual([{ line: 'l1\uFFFD' }, { line: 'l2\uFFFD' }]);
});

function never(): never {
  throw new Error('it was not there');
}
