import { setTimeout as pause } from 'node:timers/promises';
import { isTaskflowError } from '@taskflow/domain';
import { client, type TaskflowClient } from '@taskflow/sdk';
import { nextBatch, nextJob, type Job } from './mix.js';
import type { Outside } from './place.js';
import type { Random } from './random.js';

export interface Submitted extends Job {
  readonly id: string;
}

/** An end that a client was told of and that nobody asked to undo. */
export interface ToldEnd {
  readonly kind: Job['kind'];
  readonly name: string;
  readonly id: string;
  readonly status: string;
  readonly finishedAt: Date | undefined;
}

export interface Load {
  /** What was acknowledged. */
  readonly submitted: readonly Submitted[];
  readonly told: readonly ToldEnd[];
  /** Submissions on their way. */
  readonly open: number;
  /** Calls of clients for ends that they were not told of. */
  readonly waiting: number;
  /** Calls that were made again because the api did not answer. */
  readonly repeated: number;
  /** What a client was told that it must not be told. */
  readonly misdeeds: readonly string[];
  /** Submits until then; resolves when no more is submitted. What is on its way goes on. */
  run(): Promise<void>;
  close(): void;
}

export interface LoadOptions {
  readonly address: string;
  readonly token: string;
  readonly random: Random;
  readonly forMs: number;
  readonly rate: number;
  readonly leaseMs: number;
  readonly pushJournal: string;
  readonly outside: readonly Outside[];
}

const CALL_MS = 5000;
/** Of the submissions, those that are batches. */
const BATCHES = 0.05;
const WAIT_S = 10n;

/** Clients that submit, cancel and wait, and make each call again until it is answered. */
export function createLoad(options: LoadOptions): Load {
  const { random, rate } = options;
  const taskflow: TaskflowClient = client({ address: options.address, token: options.token, retryMs: 0 });
  const { submissions, instances } = taskflow.services;
  const submitted: Submitted[] = [];
  const told: ToldEnd[] = [];
  const misdeeds: string[] = [];
  const closing = new AbortController();
  const { signal } = closing;
  let open = 0;
  let waiting = 0;
  let repeated = 0;

  /** Undefined when the run was over before there was an answer. */
  const insist = async <T>(what: string, call: (turn: number) => Promise<T>): Promise<T | undefined> => {
    for (let turn = 1; !signal.aborted; turn += 1) {
      try {
        return await call(turn);
      } catch (error) {
        const excused = isTaskflowError(error) && error.retryable;
        if (!excused && !signal.aborted) misdeeds.push(`${what}: ${String(error)}`);
        repeated += 1;
        await pause(100 + 400 * Math.random());
      }
    }
    return undefined;
  };
  const submit = ({ submission: { item } }: Job) => {
    if (item?.$case === 'workflow') return submissions.submitWorkflow(item.value, { timeoutMs: CALL_MS });
    if (item === undefined) throw new TypeError('nothing to submit');
    return submissions.submitTask(item.value, { timeoutMs: CALL_MS });
  };
  const cancel = async ({ kind }: Job, id: string): Promise<unknown> => {
    const request = { id, reason: 'chaos' };
    return kind === 'task'
      ? instances.cancelTaskInstance(request, { timeoutMs: CALL_MS })
      : instances.cancelWorkflowInstance(request, { timeoutMs: CALL_MS });
  };
  const retry = ({ kind }: Job, id: string): Promise<unknown> =>
    kind === 'task'
      ? instances.retryTaskInstance({ id }, { timeoutMs: CALL_MS })
      : instances.retryWorkflowInstance({ id }, { timeoutMs: CALL_MS });
  const statusOf = async ({ kind }: Job, id: string): Promise<string | undefined> => {
    const limit = { timeoutMs: CALL_MS };
    return kind === 'task'
      ? (await instances.getTaskInstance({ id }, limit)).instance?.status
      : (await instances.getWorkflowInstance({ id }, limit)).instance?.status;
  };
  const wait = async ({ kind }: Job, id: string) => {
    const request = { id, timeout: { seconds: WAIT_S, nanos: 0 } };
    const limit = { timeoutMs: Number(WAIT_S) * 1000 + CALL_MS };
    return kind === 'task'
      ? instances.waitTaskInstance(request, limit)
      : instances.waitWorkflowInstance(request, limit);
  };

  const follow = async (job: Job, id: string): Promise<void> => {
    if (job.twice) {
      const again = await insist(`submitting ${job.name} again`, () => submit(job));
      if (again && again.id !== id) misdeeds.push(`${job.name}: the same request gave ${id}, then ${again.id}`);
    }
    if (job.cancelAfterMs !== undefined) {
      await pause(job.cancelAfterMs);
      await insist(`cancelling ${job.name} ${id}`, () => cancel(job, id));
    }
    if (!job.awaited && !job.again) return;
    waiting += 1;
    const end = await untilEnded(job, id);
    if (end && !(job.again && end.status === 'failed')) told.push(end);
    else if (end) {
      // Such a call has no request id: who had no answer looks whether it was acted upon.
      await insist(`running ${job.name} ${id} again`, async (turn) => {
        if (turn === 1 || (await statusOf(job, id)) === 'failed') await retry(job, id);
      });
    }
    waiting -= 1;
  };
  const untilEnded = async (job: Job, id: string): Promise<ToldEnd | undefined> => {
    while (!signal.aborted) {
      const answer = await insist(`waiting for ${job.name} ${id}`, () => wait(job, id));
      if (!answer?.ended || !answer.instance) continue;
      const { status, finishedAt } = answer.instance;
      return { kind: job.kind, name: job.name, id, status, finishedAt };
    }
    return undefined;
  };

  const beginOne = async (job: Job): Promise<void> => {
    const answer = await insist(`submitting ${job.name}`, () => submit(job));
    open -= 1;
    if (answer === undefined) return;
    submitted.push({ ...job, id: answer.id });
    await follow(job, answer.id);
  };
  const beginBatch = async (jobs: readonly Job[], requestId: string): Promise<void> => {
    const request = { submissions: jobs.map(({ submission }) => submission), requestId };
    const answer = await insist('submitting a batch', () => submissions.submitBatch(request, { timeoutMs: CALL_MS }));
    open -= 1;
    for (const [index, job] of jobs.entries()) {
      const { id = '', error } = answer?.results[index] ?? {};
      if (id !== '') submitted.push({ ...job, id });
      else if (answer) misdeeds.push(`an item of a batch got no id: ${error?.message}`);
    }
  };
  /** What is drawn is drawn at once, so that the same seed gives the same jobs whatever happens to them. */
  const begin = (tag: string): Promise<void> => {
    open += 1;
    if (random.next() < BATCHES) return beginBatch(nextBatch(random, tag), `chaos-${tag}`);
    return beginOne(nextJob(random, tag, options.leaseMs, options.pushJournal, options.outside));
  };

  return {
    submitted,
    told,
    misdeeds,
    get open() {
      return open;
    },
    get waiting() {
      return waiting;
    },
    get repeated() {
      return repeated;
    },
    async run() {
      const end = performance.now() + options.forMs;
      for (let number = 1; performance.now() < end; number += 1) {
        void begin(String(number)).catch((error: unknown) => misdeeds.push(String(error)));
        await pause((random.next() * 2000) / rate);
      }
    },
    close() {
      closing.abort();
      taskflow.close();
    },
  };
}
