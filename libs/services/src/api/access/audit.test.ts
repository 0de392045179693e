import { openGuardedApi, type Clients, type GuardedApi } from '../../test/open-guarded-api.js';
import { openApi } from '../../test/open-api.js';

let api: GuardedApi;
let operator: Clients;
let tokenId: string;

beforeAll(async () => {
  api = await openGuardedApi();
  const { id, secret } = await api.token('operator', 'anna');
  tokenId = id;
  operator = api.as(secret);
  const definitions = [
    { kind: 'task', specJson: '{"name":"load","schedule":"0 6 * * *"}' },
    { kind: 'workflow', specJson: '{"name":"pipeline","tasks":[{"key":"a","bash":"true"}]}' },
  ];
  await operator.definitions.applyDefinitions({ definitions });
});
afterAll(() => api.close());

async function audited(targetKind: string, target: string) {
  const { entries } = await api.admin.access.listAuditEntries({ pageSize: 0, pageToken: '', targetKind, target });
  return entries.map(({ actor, role, method, detailJson }) => ({
    actor,
    role,
    did: method.replace(/^taskflow\.v1\./, ''),
    detail: detailJson === '' ? undefined : (JSON.parse(detailJson) as unknown),
  }));
}

const SUBMIT = { paramsJson: '', priority: '', requestId: '', queue: '' };
const anna = { actor: 'anna', role: 'operator' };

describe('the audit', () => {
  it('holds who registered what, once for each that changed', async () => {
    const definitions = [{ kind: 'task', specJson: '{"name":"load","schedule":"0 6 * * *"}' }];
    await operator.definitions.applyDefinitions({ definitions });
    const entry = { ...anna, did: 'DefinitionService/ApplyDefinitions', detail: { version_id: expect.any(String) } };
    expect(await audited('task', 'load')).toEqual([entry]);
    expect(await audited('workflow', 'pipeline')).toEqual([entry]);
  });

  it('holds cancels and retries of tasks and workflows, with the request that asked', async () => {
    const task = await operator.submissions.submitTask({ task: 'load', ...SUBMIT });
    await operator.instances.cancelTaskInstance({ id: task.id, reason: 'a typo' }, { requestId: 'request-7' });
    await operator.instances.cancelTaskInstance({ id: task.id, reason: 'again' });
    await operator.instances.retryTaskInstance({ id: task.id });
    expect(await audited('task_instance', task.id)).toEqual([
      { ...anna, did: 'InstanceService/RetryTaskInstance' },
      { ...anna, did: 'InstanceService/CancelTaskInstance', detail: { reason: 'a typo' } },
    ]);
    const [row] = await api.sql(
      `select request_id, token_id from v_audit_log where target = $1 and method like '%CancelTaskInstance'`,
      [task.id],
    );
    expect(row).toEqual({ request_id: 'request-7', token_id: tokenId });

    const run = await operator.submissions.submitWorkflow({ workflow: 'pipeline', ...SUBMIT });
    await operator.instances.cancelWorkflowInstance({ id: run.id, reason: '' });
    await operator.instances.retryWorkflowInstance({ id: run.id });
    expect(await audited('workflow_instance', run.id)).toEqual([
      { ...anna, did: 'InstanceService/RetryWorkflowInstance', detail: { run_number: 2 } },
      { ...anna, did: 'InstanceService/CancelWorkflowInstance', detail: { reason: 'cancelled by anna' } },
    ]);
  });

  it('holds pauses and switches that changed something', async () => {
    const { schedules } = await operator.schedules.listSchedules({ pageSize: 0, pageToken: '', target: 'load' });
    const id = schedules[0]?.id ?? '';
    await operator.schedules.pauseSchedule({ id });
    await operator.schedules.pauseSchedule({ id });
    await operator.schedules.resumeSchedule({ id });
    expect(await audited('schedule', id)).toEqual([
      { ...anna, did: 'ScheduleService/ResumeSchedule', detail: { of: 'task load', paused: false } },
      { ...anna, did: 'ScheduleService/PauseSchedule', detail: { of: 'task load', paused: true } },
    ]);
    await operator.definitions.setWorkflowActive({ name: 'pipeline', active: false });
    await operator.definitions.setWorkflowActive({ name: 'pipeline', active: false });
    const [latest, ...earlier] = await audited('workflow', 'pipeline');
    expect(latest).toMatchObject({ did: 'DefinitionService/SetWorkflowActive', detail: { active: false } });
    expect(earlier).toHaveLength(1);
  });

  it('holds tokens that were made and revoked, page by page', async () => {
    const { id } = await api.token('viewer', 'guest');
    await api.admin.access.revokeToken({ id });
    await api.admin.access.revokeToken({ id });
    const detail = { name: 'guest', role: 'viewer' };
    expect(await audited('token', id)).toMatchObject([
      { actor: 'TASKFLOW_ADMIN_TOKEN', role: 'admin', did: 'AccessService/RevokeToken', detail },
      { actor: 'TASKFLOW_ADMIN_TOKEN', did: 'AccessService/CreateToken', detail },
    ]);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await api.admin.access.listAuditEntries({ pageSize: 3, pageToken, targetKind: '', target: '' });
      seen.push(...page.entries.map((entry) => entry.id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const [count] = await api.sql<{ n: string }>('select count(*) as n from audit_log');
    expect(seen).toHaveLength(Number(count?.n));
    expect(seen).toEqual([...seen].sort((a, b) => Number(b) - Number(a)));
  });

  it('is asked for one target by both of its words', async () => {
    const asked = api.admin.access.listAuditEntries({ pageSize: 0, pageToken: '', targetKind: 'task', target: '' });
    await expect(asked).rejects.toMatchObject({ violations: [{ field: 'target' }] });
  });

  it('is not needed for submissions: the instance says by whom', async () => {
    const { id } = await operator.submissions.submitTask({ task: 'load', ...SUBMIT });
    expect(await api.sql('select submitted_by from v_task_instances where id = $1', [id])).toEqual([
      { submitted_by: 'anna' },
    ]);
    expect(await audited('task_instance', id)).toEqual([]);
  });
});

it('without access control changes are audited too', async () => {
  const open = await openApi();
  await open.clients.definitions.applyDefinitions({ definitions: [{ kind: 'task', specJson: '{"name":"load"}' }] });
  expect(await open.sql('select role, method, target from v_audit_log')).toEqual([
    { role: null, method: 'taskflow.v1.DefinitionService/ApplyDefinitions', target: 'load' },
  ]);
  expect(await open.clients.access.whoAmI({})).toMatchObject({ authenticated: false, role: 'admin' });
  await open.close();
});
