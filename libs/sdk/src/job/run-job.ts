import { trace } from '@opentelemetry/api';
import { isTaskflowError, LeaseLost } from '@taskflow/domain';
import type { Lease, LeaseRef } from '@taskflow/proto/taskflow/v1/workers.js';
import type { Variables } from '../bash/command-environment.js';
import { createGuard } from '../bash/guard.js';
import { createCommandRunner } from '../bash/run-command.js';
import type { Handler } from '../define/task.js';
import { durationMs } from '../duration-message.js';
import { BASH_HANDLER, execute } from '../worker/execute.js';
import { Run, type RunEnd } from '../worker/run.js';
import type { WorkerLogger } from '../worker/worker-logger.js';
import { readJobAccess } from './container.js';
import { JOB_EXIT, exitCodeOf, isForReport } from './job-end.js';
import { createJobLog, type Mirror } from './job-log.js';
import { openJobLink, type JobLink } from './job-link.js';

/** Where a test may end the process; nothing happens there otherwise. */
export const JOB_FAULT_POINTS = ['job_connected', 'job_claimed', 'job_started', 'job_ended', 'job_reported'] as const;

export interface RunJobOptions {
  /** The container's environment: what the pusher told the job, and what the command gets. */
  readonly environment: Variables;
  /** Where the command starts. */
  readonly directory: string;
  /** Program and arguments; the definition's own command, or its handler, when absent. */
  readonly program?: readonly string[] | undefined;
  /** By name, of the modules that were loaded. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** The handler to call; the definition's, then the Task's name when absent. */
  readonly handler?: string | undefined;
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number;
  /** Milliseconds for which the api is tried, for the claim and for the report. */
  readonly claimForMs: number;
  readonly reportForMs: number;
  readonly mirror: Mirror;
  readonly logger: WorkerLogger;
  /** Aborted when the container is to stop. */
  readonly signal: AbortSignal;
  readonly reached: (point: (typeof JOB_FAULT_POINTS)[number]) => void;
}

/** How long the last lines of the log may hold up the report, and the exit. */
const LAST_LINES_MS = 5000;
const DEFAULT_BEAT_MS = 5000;

/**
 * Runs the attempt of the pushed job in whose container this process is: claims it, runs it, and reports its end. Gives the exit code of
 * the process: 86 when another container runs the attempt, or nothing is to be run any more.
 *
 * @throws InvalidInput where this is no pushed job, Unauthenticated for a token of another deployment, Unavailable when the api cannot
 * be reached for `claimForMs`; nothing has run then
 */
export async function runJob(options: RunJobOptions): Promise<number> {
  const access = readJobAccess(options.environment);
  const link = openJobLink(access);
  try {
    options.reached('job_connected');
    const claimed = await link.claim(options.claimForMs, options.signal);
    options.reached('job_claimed');
    const { lease, heartbeatInterval } = claimed;
    if (lease?.ref === undefined) throw new LeaseLost('The api answered the claim without a task.');
    const beatMs = durationMs(heartbeatInterval, DEFAULT_BEAT_MS);
    return await runClaimed(options, link, leaseOf(lease, options), lease.ref, beatMs);
  } catch (error) {
    if (!isTaskflowError(error) || error.kind !== 'LeaseLost') throw error;
    options.logger.warn({ reason: error.reason }, error.message);
    return JOB_EXIT.superseded;
  } finally {
    link.close();
  }
}

function leaseOf(lease: Lease, { program, handler, handlers }: RunJobOptions): Lease {
  if (program !== undefined) return { ...lease, handler: BASH_HANDLER };
  if (handlers.size === 0) return lease;
  const own = lease.handler === BASH_HANDLER ? lease.task : lease.handler;
  return { ...lease, handler: handler ?? own };
}

async function runClaimed(
  options: RunJobOptions,
  link: JobLink,
  lease: Lease,
  ref: LeaseRef,
  beatMs: number,
): Promise<number> {
  const log = createJobLog(link, options.mirror);
  const run = new Run(lease, ref, log.hub);
  const beat = setInterval(() => void hearOrders(link, run, options.logger), beatMs);
  const onStop = (): void => run.abort('draining', 'the container was told to stop');
  options.signal.addEventListener('abort', onStop, { once: true });
  if (options.signal.aborted) onStop();
  try {
    const end = await workOf(run, options);
    clearInterval(beat);
    options.reached('job_ended');
    return await tellEnd(await reconsider(end, link), run, link, log, options);
  } finally {
    clearInterval(beat);
    options.signal.removeEventListener('abort', onStop);
    log.stop();
  }
}

async function hearOrders(link: JobLink, run: Run, logger: WorkerLogger): Promise<void> {
  try {
    const { order, reason } = await link.beat();
    if (order === 'cancel') run.abort('cancelled', reason);
    if (order === 'ended') run.abort('lease_lost', `the attempt has ended without this container: ${reason}`);
  } catch (error) {
    logger.debug({ err: error }, 'a heartbeat was not answered');
  }
}

function workOf(run: Run, options: RunJobOptions): Promise<RunEnd> {
  const { environment, directory, program, handlers, graceMs, logger } = options;
  const guard = createGuard(environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin');
  // The token is this process's own.
  const passEnvironment = Object.keys(environment).filter((name) => name !== 'TASKFLOW_CLAIM_TOKEN');
  const runCommand = createCommandRunner({ guard, environment, passEnvironment, graceMs, directory, program });
  const tracer = trace.getTracer('taskflow');
  return new Promise<RunEnd>((resolve) => {
    execute(
      run,
      { handlers, runCommand, tracer, logger, graceMs },
      { onEnd: (_run, end) => resolve(end), onReleased: () => undefined },
    );
    options.reached('job_started');
  }).finally(() => guard.stop());
}

/** A container that is told to stop may be so because its attempt is cancelled; the one who knows is asked. */
async function reconsider(end: RunEnd, link: JobLink): Promise<RunEnd> {
  if (end.outcome !== 'handed_back') return end;
  const asked = await link.beat().catch(() => undefined);
  if (asked?.order !== 'cancel') return end;
  return { outcome: 'cancelled', reason: 'CANCELLED', message: asked.reason };
}

async function tellEnd(
  end: RunEnd,
  run: Run,
  link: JobLink,
  log: ReturnType<typeof createJobLog>,
  { reportForMs, logger, reached }: RunJobOptions,
): Promise<number> {
  if (run.wroteLog !== undefined) await log.finish(run.ref, LAST_LINES_MS);
  if (!isForReport(end)) return exitCodeOf(end);
  const said = { outputJson: '', reason: '', message: '', ...end, ref: run.ref, traceParent: run.traceParent };
  try {
    const result = await link.report(said, reportForMs);
    reached('job_reported');
    if (result === 'late')
      logger.warn({ outcome: end.outcome }, 'the attempt had ended otherwise before this was reported');
  } catch (error) {
    if (isTaskflowError(error) && error.kind === 'LeaseLost') return JOB_EXIT.superseded;
    logger.error({ err: error }, 'the end could not be reported; the exit code tells it');
    // Who goes on from here would find no output: that is no success.
    if (end.outcome === 'success' && end.outputJson !== '') return JOB_EXIT.unreported;
  }
  if (run.wroteLog !== undefined) await log.finish(run.ref, LAST_LINES_MS);
  return exitCodeOf(end);
}
