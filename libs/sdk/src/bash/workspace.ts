import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOutput, isTaskflowError } from '@taskflow/domain';
import type { Lease } from '@taskflow/proto/taskflow/v1/workers.js';
import type { CommandFiles } from './command-environment.js';
import { CommandError } from './command-error.js';

const MOST_BYTES = 1024 * 1024;
/** The kernel takes no longer argument than 128 KiB. */
const LONGEST_ARGUMENT = 100 * 1024;

/** Temporary files of one command. */
export interface Workspace {
  readonly root: string;
  /** Where the command starts: empty. */
  readonly directory: string;
  readonly files: CommandFiles;
  /** Arguments for bash that run `command`. */
  commandLine(command: string): Promise<readonly string[]>;
  /** JSON text of what the command has written as its output; empty when nothing. @throws CommandError */
  readOutput(): Promise<string>;
  remove(): Promise<void>;
}

export async function createWorkspace(lease: Lease): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'taskflow-'));
  const directory = join(root, 'work');
  const files = {
    params: join(root, 'params.json'),
    inputs: join(root, 'inputs.json'),
    output: join(root, 'output.json'),
  };
  await mkdir(directory);
  await writeFile(files.params, lease.paramsJson || '{}');
  await writeFile(files.inputs, lease.inputsJson || '{}');
  return {
    root,
    directory,
    files,
    async commandLine(command) {
      if (Buffer.byteLength(command) <= LONGEST_ARGUMENT) return ['-c', command];
      const script = join(root, 'command.sh');
      await writeFile(script, command);
      return [script];
    },
    readOutput: () => readOutput(files.output),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function readOutput(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size === 0) return '';
  const text = found.size > MOST_BYTES ? undefined : await readFile(path, 'utf8');
  if (text === undefined) {
    const advice = 'write it to a file or object store and return its address';
    throw new CommandError(
      'OUTPUT_TOO_LARGE',
      `the output has ${found.size} bytes, at most 256 KiB are stored; ${advice}`,
    );
  }
  try {
    return checkOutput(JSON.parse(text) as unknown);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = isTaskflowError(error) ? error.reason : 'OUTPUT_NOT_JSON';
    const said = isTaskflowError(error) ? message : `what the command wrote to TASKFLOW_OUTPUT is not JSON: ${message}`;
    throw new CommandError(reason === 'INVALID_INPUT' ? 'OUTPUT_NOT_JSON' : reason, said, error);
  }
}
