import type { JsonObject } from '@taskflow/domain';
import { validateSpec as checkBatch } from './aws-batch/validate-spec.js';
import type { ResolvedSpec, ValidationIssue } from './destination.js';
import { checkJobSpec } from './kubernetes/job-spec.js';
import { validateSpec as checkLocal } from './local/validate-spec.js';
import { checkTaskSpec } from './mesos/build-task.js';

const KINDS: Readonly<Record<string, (spec: ResolvedSpec) => ValidationIssue[]>> = {
  kubernetes: (spec) => checkJobSpec(spec, { spec: { containers: [{ name: 'main', image: 'debian' }] } }),
  aws_batch: (spec) => checkBatch(spec, { queue: 'q', jobDefinition: 'd' }),
  mesos: checkTaskSpec,
  local: checkLocal,
};

const issuesOf = (kind: string, push: JsonObject): ValidationIssue[] =>
  KINDS[kind]?.({ run: { bash: 'true' }, env: {}, params: {}, inputs: {}, push }) ?? [];

describe('what a Task may tell its destination', () => {
  it.each<[string, JsonObject]>([
    [
      'kubernetes',
      { pod: { metadata: { labels: { team: 'a' } }, spec: { containers: [{ name: 'main' }], volumes: [] } } },
    ],
    ['aws_batch', { raw: { nodeOverrides: { numNodes: 2 }, ecsPropertiesOverride: {}, eksPropertiesOverride: {} } }],
    ['mesos', { uris: [{ value: 'http://here/file' }], attributes: { rack: 'a' }, labels: { team: 'a' } }],
    ['local', {}],
  ])('%s takes what is in its language', (kind, push) => {
    expect(issuesOf(kind, push)).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    ['kubernetes', { imagee: 'x' }, 'push.imagee'],
    ['kubernetes', { pod: { status: {} } }, 'push.pod.status'],
    ['kubernetes', { pod: { metadata: { name: 'mine' } } }, 'push.pod.metadata.name'],
    ['kubernetes', { pod: { spec: { restartPolicy: 'Always' } } }, 'push.pod.spec.restartPolicy'],
    ['kubernetes', { pod: { spec: { activeDeadlineSeconds: 1 } } }, 'push.pod.spec.activeDeadlineSeconds'],
    ['kubernetes', { pod: { spec: { hostNetwork: true } } }, 'push.pod.spec.hostNetwork'],
    ['kubernetes', { pod: { spec: { nodeName: 'one' } } }, 'push.pod.spec.nodeName'],
    ['kubernetes', { labels: { 'taskflow.dev/attempt': '7' } }, 'push.labels.taskflow.dev/attempt'],
    [
      'kubernetes',
      { pod: { metadata: { labels: { 'taskflow.dev/attempt': '7' } } } },
      'push.pod.metadata.labels.taskflow.dev/attempt',
    ],
    ['aws_batch', { raw: { jobName: 'mine' } }, 'push.raw.jobName'],
    ['aws_batch', { raw: { retryStrategy: { attempts: 5 } } }, 'push.raw.retryStrategy'],
    ['aws_batch', { raw: { arrayProperties: { size: 5 } } }, 'push.raw.arrayProperties'],
    ['aws_batch', { raw: { nodeOverrides: 2 } }, 'push.raw.nodeOverrides'],
    ['aws_batch', { tags: { 'taskflow:attempt': '7' } }, 'push.tags.taskflow:attempt'],
    ['mesos', { container: { type: 'DOCKER' } }, 'push.container'],
    ['mesos', { labels: { 'taskflow:attempt': '7' } }, 'push.labels.taskflow:attempt'],
    ['local', { cpus: 1 }, 'push.cpus'],
  ])('%s refuses %j by its field', (kind, push, field) => {
    expect(issuesOf(kind, push)).toEqual([{ field, message: expect.stringMatching(/\w{3}/) }]);
  });
});
