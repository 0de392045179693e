import { observeJob } from './observe-job.js';

const ref = { externalName: 'tf-1-1-a1-x', externalId: 'id', scope: {} };
const JOB = { jobId: 'id', jobName: 'n', jobQueue: 'q', jobDefinition: 'd', startedAt: undefined };

describe('what a job of AWS Batch tells', () => {
  it.each([
    ['SUBMITTED', 'queued'],
    ['PENDING', 'queued'],
    ['RUNNABLE', 'queued'],
    ['STARTING', 'starting'],
    ['RUNNING', 'running'],
  ] as const)('%s is %s, and not over', (status, state) => {
    expect(observeJob({ ...JOB, status }, ref)).toMatchObject({ state, terminal: false, remoteStatus: status });
  });

  it('why it cannot start', () => {
    const statusReason = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - too large';
    expect(observeJob({ ...JOB, status: 'RUNNABLE', statusReason }, ref).reason).toBe(statusReason);
  });

  it.each([
    ['OutOfMemoryError: Container killed due to memory usage', 137, 'oom', 'OOM'],
    ['CannotPullContainerError: manifest not found', undefined, 'config', 'IMAGE'],
    ['CannotPullContainerError: timeout', undefined, 'image', 'IMAGE'],
    ['Host EC2 (instance i-1) terminated.', undefined, 'infra', 'HOST_LOST'],
    ['Job attempt duration exceeded timeout', 143, 'timeout', 'TIMEOUT'],
    ['Essential container in task exited', 3, 'user', 'EXIT_CODE'],
    ['', 3, 'user', 'EXIT_CODE'],
    ['', undefined, 'infra', 'NO_EXIT_CODE'],
  ] as const)('%j with exit code %p is %s', (reason, exitCode, failureClass, reasonCode) => {
    const attempts = [{ container: { reason, ...(exitCode === undefined ? {} : { exitCode }) } }];
    const seen = observeJob({ ...JOB, status: 'FAILED', statusReason: 'it failed', attempts }, ref);
    expect(seen).toMatchObject({ state: 'failed', terminal: true, failureClass, reasonCode });
    expect(seen.reason).toContain(reason);
  });

  it('who ended it', () => {
    const ours = observeJob({ ...JOB, status: 'FAILED', statusReason: 'taskflow: enough' }, ref);
    const theirs = observeJob({ ...JOB, status: 'FAILED', isTerminated: true }, ref);
    expect(ours).toMatchObject({ state: 'cancelled', failureClass: 'cancelled', reason: 'taskflow: enough' });
    expect(theirs).toMatchObject({ state: 'cancelled', reason: 'was ended by somebody else' });
  });

  it('the exit code of the essential container of several', () => {
    const containers = [
      { name: 'log', essential: false, exitCode: 0 },
      { name: 'main', essential: true, exitCode: 9 },
    ];
    const seen = observeJob({ ...JOB, status: 'FAILED', ecsProperties: { taskProperties: [{ containers }] } }, ref);
    expect(seen).toMatchObject({ exitCode: 9, failureClass: 'user' });
  });

  it('the exit code that only the list has', () => {
    expect(observeJob({ ...JOB, status: 'FAILED' }, ref, 4)).toMatchObject({ exitCode: 4, reasonCode: 'EXIT_CODE' });
  });
});
