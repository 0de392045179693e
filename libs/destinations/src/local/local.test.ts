import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock, type JsonValue } from '@taskflow/domain';
import { silentLogger } from '@taskflow/runtime';
import { describeConformance, type ConformanceTarget } from '../conformance/conformance.js';
import type { LogChunk, PushDestination, ResolvedSpec, SubmitRequest } from '../destination.js';
import type { ExternalRef, Observation } from '../observation.js';
import { createJobFolder, readJobFolder } from './job-folder.js';
import { createLocalDestination } from './local.js';
import { isAlive, signal as send } from './process-identity.js';

const deploymentId = randomUUID();
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_PASSWORD: 'secret' };

async function openTarget(): Promise<ConformanceTarget & { directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'taskflow-local-'));
  const reopen = async (): Promise<PushDestination> => {
    const made = createLocalDestination({ name: 'here', directory, graceMs: 500, environment, clock: systemClock });
    await made.start({ logger: silentLogger(), deploymentId });
    return made;
  };
  const jobs = async (): Promise<string[]> => (await readdir(directory)).filter((name) => !name.includes('.new-'));
  return {
    directory,
    deploymentId,
    destination: await reopen(),
    reopen,
    countJobs: async () => (await jobs()).length,
    removeJob: ({ externalName }) => rm(join(directory, externalName), { recursive: true }),
    async close() {
      await Promise.all((await jobs()).map((name) => endJob(join(directory, name))));
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

/** Leaves no process behind. */
async function endJob(directory: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const files = await readJobFolder(directory);
    if (!files || files.supervisor === null) return;
    if (files.command && (await isAlive(files.command))) send(-files.command.pid, 'SIGKILL');
    else if (files.supervisor && !(await isAlive(files.supervisor))) return;
  }
}

describeConformance('local', openTarget);

describe('a local job', () => {
  const signal = new AbortController().signal;
  let target: Awaited<ReturnType<typeof openTarget>>;
  let destination: PushDestination;

  beforeEach(async () => {
    target = await openTarget();
    destination = target.destination;
  });
  afterEach(() => target.close());

  const request = (bash: string, spec: Partial<ResolvedSpec> = {}): SubmitRequest => {
    const identity = { deploymentId, taskInstanceId: '1', attempt: 1, task: 't' };
    const resolved = { run: { bash }, env: {}, params: {}, inputs: {}, push: {}, ...spec };
    return {
      externalName: destination.nameFor(identity),
      identity,
      spec: resolved,
      scope: destination.scopeFor(resolved),
      specHash: 'h',
    };
  };
  const submit = async (job: SubmitRequest): Promise<ExternalRef> => {
    const [outcome] = await destination.submit([job], signal);
    if (outcome?.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
    return { externalName: job.externalName, externalId: outcome.externalId, scope: outcome.scope };
  };
  const until = async (ref: ExternalRef, isSo: (seen: Observation) => boolean): Promise<Observation> => {
    for (const deadline = performance.now() + 15_000; ;) {
      const [seen] = await destination.describe([ref], signal);
      if (seen && isSo(seen)) return seen;
      if (performance.now() > deadline) throw new Error(JSON.stringify(seen));
    }
  };
  /** The folder of a job as a pusher leaves it that dies before it starts the supervisor. */
  const withoutSupervisor = async (bash: string): Promise<{ job: SubmitRequest; ref: ExternalRef; folder: string }> => {
    const job = request(bash);
    const { taskInstanceId, attempt } = job.identity;
    const card = { id: randomUUID(), deploymentId, taskInstanceId, attempt, specHash: 'h', limitSeconds: 0 };
    const folder = join(target.directory, job.externalName);
    expect(await createJobFolder(folder, job, card, { PATH: environment.PATH ?? '' })).toBe(true);
    return { job, ref: { externalName: job.externalName, externalId: card.id, scope: {} }, folder };
  };
  const ended = (ref: ExternalRef): Promise<Observation> => until(ref, (seen) => seen.terminal);
  const filesOf = (ref: ExternalRef) => readJobFolder(join(target.directory, ref.externalName));

  it('gets its params and inputs as files, gives its output, and sees no secret of the pusher', async () => {
    const bash =
      '[[ -z $DATABASE_PASSWORD ]] && cat "$TASKFLOW_PARAMS_FILE" "$TASKFLOW_INPUTS_FILE" >&2; echo \'{"rows": 3}\' >"$TASKFLOW_OUTPUT"';
    const ref = await submit(request(bash, { params: { day: 'mon' }, inputs: { extract: [1] } }));
    expect(await ended(ref)).toMatchObject({ state: 'succeeded', outputJson: '{"rows":3}' });
    const chunk = await destination.fetchLogs?.(ref, { position: null, maxBytes: 1000, ended: true }, signal);
    expect(chunk?.lines).toEqual([{ stream: 'stderr', text: '{"day":"mon"}{"extract":[1]}' }]);
  });

  it.each([
    ['echo nonsense', 'OUTPUT_NOT_JSON'],
    ['printf \'"%0300000d"\' 0', 'OUTPUT_TOO_LARGE'],
  ])('fails when its output is what %s prints', async (bash, reasonCode) => {
    const ref = await submit(request(`{ ${bash}; } >"$TASKFLOW_OUTPUT"`));
    const seen = await ended(ref);
    expect(seen).toMatchObject({ state: 'failed', failureClass: 'user', reasonCode });
  });

  it('reads and writes files at file: addresses', async () => {
    const [input, output] = [
      join(target.directory, '..', `${randomUUID()}.in`),
      join(target.directory, `${randomUUID()}.out`),
    ];
    const missing = await submit(request('cat', { run: { bash: 'cat', input_file: pathToFileURL(input).href } }));
    expect(await ended(missing)).toMatchObject({ state: 'failed' });
    await target.removeJob?.(missing);
    const run = {
      bash: 'tr a-z A-Z',
      input_file: pathToFileURL(import.meta.filename).href,
      output_file: pathToFileURL(output).href,
    };
    expect(await ended(await submit(request('', { run })))).toMatchObject({ state: 'succeeded' });
    expect(await readFile(output, 'utf8')).toContain('TAKEN FROM');
  });

  it('reads its log in parts, whole lines at a time', async () => {
    const ref = await submit(request('for i in 1 2 3 4 5 6 7 8 9; do echo "line $i"; done; printf end'));
    await ended(ref);
    const texts: string[] = [];
    let position: JsonValue = null;
    for (;;) {
      const chunk: LogChunk | undefined = await destination.fetchLogs?.(
        ref,
        { position, maxBytes: 20, ended: true },
        signal,
      );
      if (!chunk || chunk.lines.length === 0) break;
      texts.push(...chunk.lines.map((line) => line.text));
      position = chunk.position;
    }
    expect(texts).toEqual([...Array.from({ length: 9 }, (_, index) => `line ${String(index + 1)}`), 'end']);
  });

  it('is killed when it does not listen to TERM, with all that it has started', async () => {
    const ref = await submit(request('trap "" TERM; sleep 600 & echo ready; wait; sleep 600'));
    await until(ref, (seen) => seen.state === 'running');
    const command = (await filesOf(ref))?.command;
    await destination.cancel([ref], 'taskflow: enough', signal);
    expect(await ended(ref)).toMatchObject({ state: 'cancelled', reason: 'taskflow: enough' });
    // Killed it is; that it is gone takes the system a moment.
    for (let gone = false; !gone; gone = !send(-(command?.pid ?? 0), 0)) await filesOf(ref);
  });

  it('never starts when the cancel comes before its supervisor', async () => {
    const { job, ref } = await withoutSupervisor('echo ran');
    await destination.cancel([ref], 'taskflow: enough', signal);
    await destination.probe([job], signal);
    expect((await ended(ref)).state).toBe('cancelled');
    expect(await filesOf(ref)).toMatchObject({ supervisor: null, command: undefined });
  });

  it('is started by whoever looks at it, when its pusher died before it could', async () => {
    const { job, ref, folder } = await withoutSupervisor('echo ran');
    const [found] = await destination.probe([job], signal);
    expect(found).toMatchObject({ kind: 'found', observation: { ref: { externalId: ref.externalId } } });
    expect((await ended(ref)).state).toBe('succeeded');
    expect(await readFile(join(folder, 'stdout'), 'utf8')).toBe('ran\n');
  });

  it('runs on when its supervisor is killed, and then ends as a loss', async () => {
    const ref = await submit(request('sleep 600'));
    await until(ref, (seen) => seen.state === 'running');
    const files = await filesOf(ref);
    send(files?.supervisor?.pid ?? 0, 'SIGKILL');
    expect(await until(ref, () => true)).toMatchObject({ state: 'running' });
    send(-(files?.command?.pid ?? 0), 'SIGKILL');
    expect(await ended(ref)).toMatchObject({ state: 'failed', failureClass: 'infra', reasonCode: 'SUPERVISOR_LOST' });
  });

  it('can still be cancelled when its supervisor is killed', async () => {
    const ref = await submit(request('trap "" TERM; sleep 600; sleep 600'));
    await until(ref, (seen) => seen.state === 'running');
    send((await filesOf(ref))?.supervisor?.pid ?? 0, 'SIGKILL');
    for (let gone = false; !gone;) {
      await destination.cancel([ref], 'taskflow: enough', signal);
      gone = (await destination.describe([ref], signal))[0]?.terminal === true;
    }
    expect((await ended(ref)).terminal).toBe(true);
  });

  it('refuses a handler, other addresses and settings, all together', () => {
    const run = { handler: 'h', input_file: 'https://example.org/x' };
    const issues = destination.validate({ run, env: { 'a-b': 'x' }, params: {}, inputs: {}, push: { queue: 'q' } });
    expect(issues.map((issue) => issue.field)).toEqual(['run', 'run.input_file', 'run.env', 'push.queue']);
  });
});
