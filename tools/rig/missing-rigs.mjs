import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const succeeds = (command, ...args) => spawnSync(command, args).status === 0;

/** Rigs that this machine has not, each with what to do, and the tests that need it. */
export function missingRigs() {
  const rigs = [
    {
      kind: 'aws_batch',
      isThere: () => succeeds('python3', '-c', 'import ensurepip, venv'),
      advice: 'python3 with the module venv is wanted (Debian: python3-venv)',
      tests: [
        'aws-batch/aws-batch',
        'aws-batch/aws-batch-outages',
        'crowd-aws-batch',
        'aws-batch/check-account',
        'pusher-crash-aws-batch',
        'pusher-pair-aws-batch',
      ],
    },
    {
      kind: 'kubernetes',
      isThere: () => succeeds(join(here, 'kubernetes/build.sh'), '--built'),
      advice: 'npm run test:kubernetes builds its control plane once (Go 1.26)',
      tests: [
        'kubernetes/kubernetes',
        'kubernetes/kubernetes-outages',
        'crowd-kubernetes',
        'kubernetes/check-cluster',
        'pusher-crash-kubernetes',
        'pusher-pair-kubernetes',
      ],
    },
    {
      kind: 'mesos',
      isThere: () => existsSync(join(here, 'mesos/build/mesos-local')),
      advice: 'npm run test:mesos builds its master once',
      tests: [
        'mesos/mesos',
        'mesos/mesos-faults',
        'mesos/mesos-wire',
        'mesos/check-masters',
        'pusher-crash-mesos',
        'pusher-pair-mesos',
      ],
    },
  ];
  return rigs.filter(({ isThere }) => !isThere());
}

/** Patterns of the test files that cannot run without these. */
export function testsOf(rigs) {
  const names = rigs.flatMap(({ tests }) => tests);
  return (names.length > 0 ? [...names, 'three-destinations', 'run-task-aws-batch', 'chaos/place'] : []).map(
    (name) => `/${name}\\.test\\.ts$`,
  );
}
