import { setTimeout } from 'node:timers/promises';
import type { ExternalSummary, PushDestination, PushIdentity, ResolvedSpec, SubmitRequest } from '../destination.js';
import type { ExternalRef, Observation } from '../observation.js';
import { runToTheirEnds } from './run-to-their-ends.js';

/** Pause between two looks: what is answered from memory would leave no room for the news. */
const LOOK_MS = 20;
/** A busy machine fails no test: what does not come at all is what fails. */
const PATIENCE_MS = 40_000;
const MOST_MS = 4 * PATIENCE_MS;

/** A destination under test, started, with what stands behind it. */
export interface ConformanceTarget {
  readonly destination: PushDestination;
  readonly deploymentId: string;
  /** A second client of the same place, as another pusher has it after a crash. Started, and holding where only one may. */
  reopen(): Promise<PushDestination>;
  /** How many jobs were ever created there. */
  countJobs(): Promise<number>;
  /** Makes the place forget a job, as somebody else's hand would; absent where nobody's hand can. */
  removeJob?(ref: ExternalRef): Promise<void>;
  close(): Promise<void>;
}

/** What every destination does alike. `open` is called once for each test. Needs jest. */
export function describeConformance(name: string, open: () => Promise<ConformanceTarget>): void {
  describe(`the destination ${name}`, () => {
    let target: ConformanceTarget;
    let destination: PushDestination;
    const signal = new AbortController().signal;
    let nextInstance = 0;

    beforeEach(async () => {
      target = await open();
      destination = target.destination;
    });
    afterEach(() => target.close());

    const request = (bash: string, spec: Partial<ResolvedSpec> = {}, attempt = 1): SubmitRequest => {
      nextInstance += 1;
      const identity = identityOf(String(nextInstance), attempt);
      const resolved = { run: { bash }, env: {}, params: {}, inputs: {}, push: {}, ...spec };
      return {
        externalName: destination.nameFor(identity),
        identity,
        spec: resolved,
        scope: destination.scopeFor(resolved),
        specHash: bash,
      };
    };
    const identityOf = (taskInstanceId: string, attempt: number, task = 'a task'): PushIdentity => {
      return { deploymentId: target.deploymentId, taskInstanceId, attempt, task };
    };
    const submit = async (job: SubmitRequest): Promise<ExternalRef> => {
      const [outcome] = await destination.submit([job], signal);
      if (outcome?.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
      return { externalName: job.externalName, externalId: outcome.externalId, scope: outcome.scope };
    };
    const until = async (ref: ExternalRef, isSo: (seen: Observation) => boolean): Promise<Observation> => {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const [seen] = await destination.describe([ref], signal);
        if (seen && isSo(seen)) return seen;
        await setTimeout(LOOK_MS);
        if (performance.now() > deadline) throw new Error(`not so in time: ${JSON.stringify(seen)}`);
      }
    };
    /** Where nothing prevents a second job, the probe finds it, and names the one to be ended. */
    const findsTheOthers = async (job: SubmitRequest, ref: ExternalRef): Promise<void> => {
      const long = request('sleep 600');
      const [first, second] = [await submit(long), await submit(long)];
      const [probed] = await destination.probe([long], signal);
      expect(probed).toMatchObject({ kind: 'found', observation: { ref: first }, duplicates: [second] });
      await destination.cancel([first, second], 'taskflow: enough', signal);
      await ended(first);
      await ended(second);
      await ended(ref);
      expect((await destination.probe([job], signal))[0]).toMatchObject({ kind: 'found', duplicates: [] });
    };
    const ended = (ref: ExternalRef): Promise<Observation> => until(ref, (seen) => seen.terminal);
    const logOf = async (ref: ExternalRef): Promise<string[]> => {
      const chunk = await destination.fetchLogs?.(ref, { position: null, maxBytes: 65_536, ended: true }, signal);
      return chunk?.lines.map((line) => `${line.stream}: ${line.text}`) ?? [];
    };

    /** Where only one may be there, the first one is gone, as it is after a crash. */
    const another = async (): Promise<PushDestination> => {
      if (!destination.capabilities.requiresSingleOwner) return target.reopen();
      await destination.stop();
      return (destination = await target.reopen());
    };
    const letGo = async (other: PushDestination): Promise<void> => {
      if (other !== destination) await other.stop();
    };

    it('runs a job with its environment, and gives its log', async () => {
      const env = {
        TASKFLOW_TASK: "it's a task",
        TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      };
      const ref = await submit(request('echo "$TASKFLOW_TASK"; echo "$TRACEPARENT" >&2', { env }));
      expect(await ended(ref)).toMatchObject({ state: 'succeeded', exitCode: 0, ref });
      const link = new URL(destination.logLink?.(ref) ?? '').href;
      expect([link.includes(ref.externalName), link.includes(ref.externalId)]).toContain(true);
      if (destination.capabilities.logs !== 'fetch') return;
      const lines = await logOf(ref);
      const texts = [env.TRACEPARENT, env.TASKFLOW_TASK];
      // The place itself may have its say there too.
      expect(lines.map((line) => line.replace(/^std(out|err): /, ''))).toEqual(expect.arrayContaining(texts));
      const apart = [`stderr: ${env.TRACEPARENT}`, `stdout: ${env.TASKFLOW_TASK}`];
      if (destination.capabilities.streams === 'apart') expect(lines).toEqual(expect.arrayContaining(apart));
    });

    it('tells how and why a job failed', async () => {
      const seen = await ended(await submit(request('echo out of cheese >&2; exit 3')));
      expect(seen).toMatchObject({ state: 'failed', failureClass: 'user', reasonCode: 'EXIT_CODE', exitCode: 3 });
      expect(seen.reason).toContain('3');
    });

    it('makes one job of one name, however often and by whomever it is submitted', async () => {
      const job = request('exit 0');
      const ref = await submit(job);
      const other = await another();
      if (destination.capabilities.enforcesName === 'no') return findsTheOthers(job, ref);
      const again = [
        ...(await destination.submit([job], signal)),
        ...(await other.submit([{ ...job, specHash: 'another' }], signal)),
      ];
      const same = { kind: 'exists', externalId: ref.externalId, ours: true };
      expect(again).toMatchObject([
        { ...same, sameSpec: true },
        destination.capabilities.enforcesName === 'always' ? { ...same, sameSpec: false } : same,
      ]);
      expect(await target.countJobs()).toBe(1);
      await letGo(other);
      await ended(ref);
    });

    it('makes one job of one name also when two submit at the same time', async () => {
      const { enforcesName, requiresSingleOwner } = destination.capabilities;
      if (enforcesName === 'no' || requiresSingleOwner) return;
      const other = await another();
      const jobs = Array.from({ length: 10 }, () => request('exit 0'));
      const outcomes = await Promise.all([destination.submit(jobs, signal), other.submit(jobs, signal)]);
      const accepted = outcomes.flat().filter((outcome) => outcome.kind === 'accepted');
      expect(accepted).toHaveLength(jobs.length);
      expect(await target.countJobs()).toBe(jobs.length);
      await letGo(other);
    });

    it('finds by name what an earlier client has submitted, and knows what was never there', async () => {
      const [job, never] = [request('exit 0'), request('exit 0')];
      const ref = await submit(job);
      const other = await another();
      const [found, absent] = await other.probe([job, never], signal);
      expect(found).toMatchObject({ kind: 'found', observation: { ref } });
      expect(absent?.kind).toBe('absent');
      if (destination.capabilities.probe === 'definitive')
        expect(absent).toEqual({ kind: 'absent', certainty: 'definitive' });
      await letGo(other);
      await ended(ref);
    });

    it('does not take a foreign job for its own', async () => {
      const job = request('exit 0');
      await ended(await submit(job));
      const foreign = { ...job, identity: { ...job.identity, deploymentId: '00000000-0000-4000-8000-000000000000' } };
      const [probed] = await destination.probe([foreign], signal);
      expect(probed?.kind).toBe('foreign');
      if (destination.capabilities.enforcesName === 'no') return;
      const [submitted] = await destination.submit([foreign], signal);
      expect(submitted).toMatchObject({ kind: 'exists', ours: false });
    });

    it('ends a running job when it is cancelled, and does so again and afterwards without harm', async () => {
      const ref = await submit(request('sleep 600'));
      await until(ref, (seen) => seen.state === 'running');
      const cancel = () => destination.cancel([ref], 'taskflow: enough', signal);
      expect([...(await cancel()), ...(await cancel())]).toEqual([{ kind: 'sent' }, { kind: 'sent' }]);
      expect(await ended(ref)).toMatchObject({ state: 'cancelled' });
      expect(await cancel()).toEqual([{ kind: 'sent' }]);
    });

    it('takes a cancel for a job that is not there', async () => {
      const ref = { externalName: request('').externalName, externalId: 'never', scope: {} };
      expect(await destination.cancel([ref], 'taskflow: enough', signal)).toEqual([{ kind: 'sent' }]);
    });

    it('says nothing of a job that is not there any more', async () => {
      const job = request('exit 0');
      const ref = await submit(job);
      await ended(ref);
      if (!target.removeJob) {
        const unknown = { ...ref, externalId: '00000000-0000-4000-8000-000000000000' };
        expect(await destination.describe([unknown], signal)).toEqual([]);
        return;
      }
      await target.removeJob(ref);
      expect(await destination.describe([ref], signal)).toEqual([]);
      expect((await destination.probe([job], signal))[0]?.kind).toBe('absent');
    });

    it(
      'describes 250 jobs at once',
      async () => {
        const jobs = Array.from({ length: 250 }, () => request('exit 0'));
        await runToTheirEnds(destination, jobs, MOST_MS);
        expect(await target.countJobs()).toBe(250);
      },
      MOST_MS,
    );

    it('names every attempt differently, whatever the task is called', () => {
      const tasks = ['a', 'ä-ß', 'x'.repeat(500), '../..', 'A.B C', ''];
      const ids = ['1', '11', '9223372036854775807'];
      const names = ids.flatMap((id) =>
        [1, 2, 11].flatMap((n) => tasks.map((task) => destination.nameFor(identityOf(id, n, task)))),
      );
      const byAttempt = new Set(names.map((found) => found.split('-').slice(0, 4).join('-')));
      expect(byAttempt.size).toBe(ids.length * 3);
      expect(names.filter((found) => found.length > destination.capabilities.maxNameLength)).toEqual([]);
      expect(destination.nameFor(identityOf('7', 1))).toBe(destination.nameFor(identityOf('7', 1)));
    });

    it('lists what exists and deletes what has ended, and only that', async () => {
      if (!destination.sweep || !destination.cleanup) return;
      const [short, long] = [await submit(request('exit 0')), await submit(request('sleep 600'))];
      await ended(short);
      await until(long, (seen) => seen.state === 'running');
      const listed: ExternalSummary[] = [];
      for await (const summary of destination.sweep(signal)) listed.push(summary);
      const brief = listed.map(({ ref, deploymentId, terminal }) => ({ id: ref.externalId, deploymentId, terminal }));
      const { deploymentId } = target;
      expect(brief).toContainEqual({ id: short.externalId, deploymentId, terminal: true });
      expect(brief).toContainEqual({ id: long.externalId, deploymentId, terminal: false });
      await destination.cleanup([short, long], signal);
      expect((await destination.describe([short, long], signal)).map((seen) => seen.ref.externalId)).toEqual([
        long.externalId,
      ]);
      await destination.cancel([long], 'taskflow: enough', signal);
      await ended(long);
    });

    it('is healthy when it is', async () => {
      expect(await destination.health()).toEqual({ ok: true });
    });
  });
}
