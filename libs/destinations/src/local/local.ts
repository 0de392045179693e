import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkOutput, isTaskflowError, type Clock, type JsonObject } from '@taskflow/domain';
import type {
  DestinationContext,
  ExternalSummary,
  ProbeRequest,
  PushDestination,
  SubmitRequest,
} from '../destination.js';
import { jobName } from '../job-name.js';
import type { ExternalRef, Observation } from '../observation.js';
import type { CancelOutcome, ProbeOutcome, SubmitOutcome } from '../outcome.js';
import { createJobFolder, ifThere, readJobFolder, type JobCard, type JobFiles } from './job-folder.js';
import { observeJob, type JobOutput } from './observe-job.js';
import { isAlive } from './process-identity.js';
import { readLog, readTail } from './read-log.js';
import { stopJob } from './stop-job.js';
import { launchSupervisor } from './supervisor.js';
import { validateSpec } from './validate-spec.js';

export { checkFolder } from './check-folder.js';

export interface LocalDestinationOptions {
  readonly name: string;
  /** Holds one folder per job; on a disk of this machine, and the same for every pusher that may hold the destination. */
  readonly directory: string;
  /** Milliseconds between TERM and KILL of a cancelled command; 10,000 by default. */
  readonly graceMs?: number | undefined;
  /** The pusher's environment, of which commands get PATH, HOME, locale and the like. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

const PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'];
const MAX_NAME_LENGTH = 128;
/** The supervisor's own limit is the attempt's and this: the pusher comes first while it lives. */
const LIMIT_SLACK_MS = 10_000;
const MOST_OUTPUT_BYTES = 1024 * 1024;
/** A launch that has not shown within this is done again; it is harmless. */
const LAUNCH_AGAIN_MS = 5000;

/**
 * Runs Bash commands as processes of this machine that stand on their own: they survive the pusher's restart and its sudden
 * death. A folder per external name, made whole by one rename, makes a name unique; a supervisor process in Bash beside each
 * command writes down its process id, exit code and output there.
 */
export function createLocalDestination(options: LocalDestinationOptions): PushDestination {
  const { name, clock } = options;
  const graceMs = options.graceMs ?? 10_000;
  const root = resolve(options.directory);
  const base = passedEnvironment(options.environment);
  const launched = new Map<string, number>();
  let deploymentId = '';

  const folderOf = (externalName: string): string => join(root, externalName);
  const refTo = (externalName: string, externalId: string): ExternalRef => {
    return { externalName, externalId, scope: { directory: root } };
  };

  const launch = async (externalName: string, limitSeconds: number): Promise<void> => {
    const last = launched.get(externalName);
    const now = clock.monotonicMs();
    if (last !== undefined && now - last < LAUNCH_AGAIN_MS) return;
    launched.set(externalName, now);
    const directory = folderOf(externalName);
    await launchSupervisor({ directory, graceSeconds: graceMs / 1000, limitSeconds, environment: base });
  };

  /** Undefined when the folder has gone since it was read. */
  const observe = async (externalName: string, files: JobFiles): Promise<Observation | undefined> => {
    const directory = folderOf(externalName);
    const ref = refTo(externalName, files.card.id);
    if (files.supervisor !== undefined) launched.delete(externalName);
    // Alive first, files afterwards: an end that lies between the two is then seen as an end.
    const alive = {
      supervisor: files.supervisor ? await isAlive(files.supervisor) : false,
      command: files.command ? await isAlive(files.command) : false,
    };
    const settled = files.supervisor && !alive.command ? await readJobFolder(directory) : files;
    if (!settled) return undefined;
    if (settled.supervisor === undefined) await launch(externalName, settled.card.limitSeconds);
    const command = !alive.command && settled.command ? await isAlive(settled.command) : alive.command;
    const output = settled.exitCode === 0 ? await readOutput(join(directory, 'output.json')) : {};
    const tail = settled.exitCode ? await readTail(directory) : '';
    return observeJob(ref, settled, { ...alive, command }, output, tail);
  };

  const submitOne = async (job: SubmitRequest): Promise<SubmitOutcome> => {
    const { externalName, identity, specHash, spec } = job;
    const limitSeconds = spec.timeoutMs === undefined ? 0 : Math.ceil((spec.timeoutMs + LIMIT_SLACK_MS) / 1000);
    const card: JobCard = { ...cardOf(identity, specHash), id: randomUUID(), limitSeconds };
    const scope: JsonObject = { directory: root };
    try {
      if (await createJobFolder(folderOf(externalName), job, card, base)) {
        await launch(externalName, limitSeconds);
        return { kind: 'accepted', externalId: card.id, scope };
      }
    } catch (error) {
      // Whether the folder stands is not known here; the probe tells.
      return { kind: 'ambiguous', message: messageOf(error) };
    }
    const found = await readJobFolder(folderOf(externalName));
    if (!found) return { kind: 'ambiguous', message: `the folder of ${externalName} went away during the submit` };
    const ours = isOurs(found.card, identity);
    return { kind: 'exists', externalId: found.card.id, scope, ours, sameSpec: found.card.specHash === specHash };
  };

  const probeOne = async ({ externalName, identity }: ProbeRequest): Promise<ProbeOutcome> => {
    try {
      const files = await readJobFolder(folderOf(externalName));
      if (!files) return { kind: 'absent', certainty: 'definitive' };
      if (!isOurs(files.card, identity)) {
        return { kind: 'foreign', message: `the folder ${externalName} belongs to another deployment or attempt` };
      }
      const observation = await observe(externalName, files);
      return observation ? { kind: 'found', observation } : { kind: 'absent', certainty: 'definitive' };
    } catch (error) {
      return { kind: 'unknown', message: messageOf(error) };
    }
  };

  return {
    name,
    kind: 'local',
    capabilities: {
      enforcesName: 'always',
      probe: 'definitive',
      logs: 'fetch',
      streams: 'apart',
      maxSubmitBatch: 20,
      maxDescribeBatch: 1000,
      requiresSingleOwner: false,
      maxNameLength: MAX_NAME_LENGTH,
    },
    async start(context: DestinationContext) {
      deploymentId = context.deploymentId;
      await mkdir(root, { recursive: true, mode: 0o700 });
    },
    stop: () => Promise.resolve(),
    async health() {
      try {
        await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
        return { ok: true };
      } catch (error) {
        return { ok: false, message: `the folder ${root} cannot be used: ${messageOf(error)}` };
      }
    },
    validate: validateSpec,
    nameFor: (identity) => jobName(identity, MAX_NAME_LENGTH),
    scopeFor: () => ({ directory: root }),
    async submit(jobs, signal) {
      const outcomes: SubmitOutcome[] = [];
      for (const job of jobs) {
        outcomes.push(signal.aborted ? { kind: 'unavailable', message: 'the pusher stops' } : await submitOne(job));
      }
      return outcomes;
    },
    probe: (jobs) => Promise.all(jobs.map(probeOne)),
    async describe(refs) {
      const seen = await Promise.all(
        refs.map(async ({ externalName, externalId }) => {
          const files = await readJobFolder(folderOf(externalName));
          return files?.card.id === externalId ? observe(externalName, files) : undefined;
        }),
      );
      return seen.filter((observation) => observation !== undefined);
    },
    cancel: (refs, reason) =>
      Promise.all(
        refs.map(async ({ externalName }): Promise<CancelOutcome> => {
          try {
            await stopJob(folderOf(externalName), reason, graceMs, () => clock.now());
            return { kind: 'sent' };
          } catch (error) {
            return { kind: 'unavailable', message: messageOf(error) };
          }
        }),
      ),
    async *sweep(signal): AsyncIterable<ExternalSummary> {
      for (const entry of await readdir(root)) {
        if (signal.aborted) return;
        if (!entry.startsWith(`tf-${deploymentId.slice(0, 8)}-`) || entry.includes('.new-')) continue;
        const files = await readJobFolder(folderOf(entry));
        if (!files) continue;
        const seen = await observe(entry, files);
        if (!seen) continue;
        const { terminal, ref } = seen;
        yield { ref, deploymentId: files.card.deploymentId, terminal, createdAt: files.createdAt };
      }
    },
    async cleanup(refs) {
      for (const { externalName, externalId } of refs) {
        const files = await readJobFolder(folderOf(externalName));
        if (files?.card.id === externalId && (files.exitCode !== undefined || files.supervisor === null)) {
          await rm(folderOf(externalName), { recursive: true, force: true });
        }
      }
    },
    logLink: ({ externalName }) => pathToFileURL(folderOf(externalName)).href,
    async fetchLogs({ externalName }, query) {
      const directory = folderOf(externalName);
      const quiet = (await ifThere(stat(join(directory, 'output_file')))) !== undefined;
      return readLog(directory, query, quiet);
    },
  };
}

async function readOutput(path: string): Promise<JobOutput> {
  const size = (await ifThere(stat(path)))?.size ?? 0;
  if (size === 0) return {};
  if (size > MOST_OUTPUT_BYTES) {
    const message = `the output has ${String(size)} bytes, at most 256 KiB are stored; write it to a file and return its address`;
    return { fault: { reason: 'OUTPUT_TOO_LARGE', message } };
  }
  try {
    return { json: checkOutput(JSON.parse(await readFile(path, 'utf8')) as unknown) };
  } catch (error) {
    const reason = isTaskflowError(error) && error.reason === 'OUTPUT_TOO_LARGE' ? error.reason : 'OUTPUT_NOT_JSON';
    return {
      fault: { reason, message: `what the command wrote to TASKFLOW_OUTPUT cannot be taken: ${messageOf(error)}` },
    };
  }
}

function cardOf(identity: SubmitRequest['identity'], specHash: string): Omit<JobCard, 'id' | 'limitSeconds'> {
  const { deploymentId, taskInstanceId, attempt } = identity;
  return { deploymentId, taskInstanceId, attempt, specHash };
}

function isOurs(card: JobCard, { deploymentId, taskInstanceId, attempt }: SubmitRequest['identity']): boolean {
  return card.deploymentId === deploymentId && card.taskInstanceId === taskInstanceId && card.attempt === attempt;
}

function passedEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && (PASSED.includes(name) || name.startsWith('LC_')) ? [[name, value]] : [],
    ),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
