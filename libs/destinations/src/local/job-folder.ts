import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SubmitRequest } from '../destination.js';
import { codeOf } from './error-code.js';
import { parseIdentity, type ProcessIdentity } from './process-identity.js';

/** What a job folder says of itself, in `job.json`. */
export interface JobCard {
  /** The external id: another folder of the same name has another one. */
  readonly id: string;
  readonly deploymentId: string;
  readonly taskInstanceId: string;
  readonly attempt: number;
  readonly specHash: string;
  readonly limitSeconds: number;
}

/** A job folder as it is at one moment. */
export interface JobFiles {
  readonly card: JobCard;
  readonly createdAt: Date;
  /** Undefined while nobody has claimed the run; null when it was cancelled before. */
  readonly supervisor: ProcessIdentity | null | undefined;
  readonly command: ProcessIdentity | undefined;
  readonly startedAt: Date | undefined;
  readonly exitCode: number | undefined;
  readonly finishedAt: Date | undefined;
  /** Why it was to end, where that was asked before it had. */
  readonly cancel: string | undefined;
  readonly overtime: boolean;
  readonly outputFault: string | undefined;
}

/** Stands in `supervisor` when a cancel came first: nobody will ever run the command. */
const NEVER = 'never';

/** Makes the folder of a job, whole at once: false when there is one of that name. */
export async function createJobFolder(
  directory: string,
  job: SubmitRequest,
  card: JobCard,
  base: Readonly<Record<string, string>>,
): Promise<boolean> {
  const draft = `${directory}.new-${randomUUID()}`;
  const target = (name: string): string => join(directory, name);
  await mkdir(join(draft, 'work'), { recursive: true, mode: 0o700 });
  const { run, params, inputs, env } = job.spec;
  const write = (name: string, text: string): Promise<void> => writeFile(join(draft, name), text, { mode: 0o600 });
  const told = {
    ...base,
    ...env,
    TASKFLOW_CONTAINER: `local:${card.id}`,
    TASKFLOW_PARAMS_FILE: target('params.json'),
    TASKFLOW_INPUTS_FILE: target('inputs.json'),
    TASKFLOW_OUTPUT: target('output.json'),
  };
  const exports = Object.entries(told).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  const input = run.input_file === undefined ? '' : `exec <${quote(fileURLToPath(run.input_file))}\n`;
  await write('environment', exports.join('') + input);
  await write('script', run.bash ?? '');
  await write('params.json', JSON.stringify(params));
  await write('inputs.json', JSON.stringify(inputs));
  if (run.output_file !== undefined) await write('output_file', fileURLToPath(run.output_file));
  await write('job.json', JSON.stringify(card));
  try {
    await rename(draft, directory);
    return true;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** Undefined when there is no such folder. */
export async function readJobFolder(directory: string): Promise<JobFiles | undefined> {
  const text = (name: string): Promise<string | undefined> => ifThere(readFile(join(directory, name), 'utf8'));
  const timeOf = async (name: string): Promise<Date | undefined> => (await ifThere(stat(join(directory, name))))?.mtime;
  // The end is looked at last: what is read before it is then complete where it is there.
  const cardText = await text('job.json');
  if (cardText === undefined) return undefined;
  const [supervisor, command, startedAt, createdAt] = [
    await text('supervisor'),
    await text('command'),
    await timeOf('command'),
    await timeOf('job.json'),
  ];
  const exit = await text('exit');
  const finishedAt = await timeOf('exit');
  const cancelAt = await timeOf('cancel');
  const inTime = cancelAt !== undefined && (finishedAt === undefined || cancelAt <= finishedAt);
  const [cancel, overtime, outputFault] = [
    inTime ? await text('cancel') : undefined,
    (await timeOf('overtime')) !== undefined,
    await text('output_failed'),
  ];
  // Taken away meanwhile: what is not there then was not missing before.
  if ((await timeOf('job.json')) === undefined) return undefined;
  return {
    card: JSON.parse(cardText) as JobCard,
    createdAt: createdAt ?? new Date(0),
    supervisor: supervisor === undefined ? undefined : (parseIdentity(supervisor) ?? null),
    command: command === undefined ? undefined : parseIdentity(command),
    startedAt,
    exitCode: exit === undefined ? undefined : Number(exit),
    finishedAt,
    cancel,
    overtime,
    outputFault,
  };
}

/** Claims the run so that nobody starts it; false when somebody has. */
export async function claimNever(directory: string): Promise<boolean> {
  return writeOnce(directory, 'supervisor', NEVER);
}

/** Writes a file whole unless it is there; false when it was. */
export async function writeOnce(directory: string, name: string, text: string): Promise<boolean> {
  const draft = join(directory, `${name}.${randomUUID()}`);
  await writeFile(draft, text);
  try {
    await link(draft, join(directory, name));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** The result, or undefined when the file is not there. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
