import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckItem } from '../check-item.js';
import { checkCluster } from './check-cluster.js';
import { openKubernetesRig, type KubernetesRig } from './test/open-rig.js';

describe('a check of a cluster', () => {
  let rig: KubernetesRig;
  let folder: string;
  beforeAll(async () => {
    rig = await openKubernetesRig();
    folder = await mkdtemp(join(tmpdir(), 'taskflow-check-'));
  }, 180_000);
  afterAll(async () => {
    await rig.close();
    await rm(folder, { recursive: true });
  });
  const failed = (items: readonly CheckItem[]): string[] =>
    items.flatMap(({ what, state }) => (state === 'failed' ? [what] : []));
  const jobs = async (): Promise<number> =>
    (await rig.admin<{ items: unknown[] }>('GET', `/apis/batch/v1/namespaces/${rig.namespace}/jobs`)).items.length;

  it('proves the server, who we are, every verb of the Role, and a Job that is not made', async () => {
    const items = await checkCluster({ name: 'here', kubeconfig: rig.kubeconfig, namespace: rig.namespace });
    expect(failed(items)).toEqual([]);
    expect(items.map(({ what }) => what)).toEqual([
      'configuration',
      'api server',
      'credentials',
      ...['create', 'get', 'list', 'watch', 'patch', 'delete'].map((verb) => `${verb} jobs in jobs`),
      ...['get', 'list', 'watch'].map((verb) => `${verb} pods in jobs`),
      'get pods/log in jobs',
      'trial submit',
    ]);
    expect(items.find(({ what }) => what === 'credentials')?.told).toBe('taskflow');
    expect(await jobs()).toBe(0);
  });

  it('names each verb that is missing and what to do', async () => {
    const items = await checkCluster({ name: 'here', kubeconfig: rig.kubeconfig, namespace: 'kube-system' });
    expect(failed(items)).toHaveLength(11);
    const found = items.find(({ what }) => what === 'watch pods in kube-system');
    expect(found?.told).toContain('taskflow may not');
    expect(found?.told).toContain('docs/kubernetes-role.yaml');
  });

  it('tells of a token that is not valid any more, and of a file that is none', async () => {
    const stale = join(folder, 'stale');
    await writeFile(stale, (await readFile(rig.kubeconfig, 'utf8')).replace('taskflow-token', 'old-token'));
    const options = { name: 'here', namespace: rig.namespace };
    const items = await checkCluster({ ...options, kubeconfig: stale });
    expect(items.find(({ state }) => state === 'failed')).toMatchObject({
      told: expect.stringMatching(/Unauthorized.*renew the token/),
    });
    expect(failed(await checkCluster({ ...options, kubeconfig: join(folder, 'none') }))).toEqual(['configuration']);
  });

  it('tells what the server refuses of the pod template', async () => {
    const podTemplate = { spec: { colour: 'red' } };
    const items = await checkCluster({
      name: 'here',
      kubeconfig: rig.kubeconfig,
      namespace: rig.namespace,
      podTemplate,
    });
    expect(failed(items)).toEqual(['trial submit']);
    expect(items.at(-1)?.told).toContain('colour');
  });
});
