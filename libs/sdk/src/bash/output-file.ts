import { open, rename, rm } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CommandError, rootMessage } from './command-error.js';

/** Standard output of a command when it goes to an address. */
export interface CommandOutput {
  /** A file's descriptor, or a pipe whose reader is handed to {@link take}. */
  readonly stdio: number | 'pipe';
  take(stdout: Readable | null): void;
  /** Rejects as soon as the receiver fails, so that the command can be stopped. */
  readonly broken: Promise<never>;
  /** The command has succeeded: makes its output visible. @throws CommandError OUTPUT_FAILED */
  commit(): Promise<void>;
  /** The command has failed: what was written is withdrawn. */
  discard(): Promise<void>;
}

/** Opens `output_file`. `tag` makes the name of an unfinished file unique. @throws CommandError OUTPUT_FAILED */
export function openOutput(address: string, tag: string, signal: AbortSignal): Promise<CommandOutput> {
  return address.startsWith('file:') ? openFile(address, tag) : Promise.resolve(upload(address, signal));
}

/** Written beside its place and renamed at the end: a reader never sees half of it. */
async function openFile(address: string, tag: string): Promise<CommandOutput> {
  const fail = (error: unknown): never => {
    throw new CommandError('OUTPUT_FAILED', `output_file ${address} cannot be written: ${rootMessage(error)}`, error);
  };
  const path = fileURLToPath(address);
  const partial = `${path}.${tag}.part`;
  const file = await open(partial, 'w').catch(fail);
  return {
    stdio: file.fd,
    take: () => undefined,
    broken: new Promise(() => undefined),
    async commit() {
      await file.sync().catch(fail);
      await file.close();
      await rename(partial, path).catch(fail);
    },
    async discard() {
      await file.close();
      await rm(partial, { force: true });
    },
  };
}

/** One PUT whose body streams; it ends only when the command has succeeded, and breaks off otherwise. */
function upload(address: string, signal: AbortSignal): CommandOutput {
  const body = new PassThrough();
  body.on('error', () => undefined);
  const request = send(address, body, signal);
  const broken = request.then(() => new Promise<never>(() => undefined));
  broken.catch(() => undefined);
  return {
    stdio: 'pipe',
    take: (stdout) => void stdout?.pipe(body, { end: false }),
    broken,
    async commit() {
      body.end();
      await request;
    },
    async discard() {
      body.destroy(new Error('the command has failed'));
      await request.catch(() => undefined);
    },
  };
}

async function send(address: string, body: Readable, signal: AbortSignal): Promise<void> {
  const init = { method: 'PUT', body: Readable.toWeb(body), duplex: 'half', signal } as RequestInit;
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch (error) {
    throw new CommandError('OUTPUT_FAILED', `output_file: PUT ${address} failed: ${rootMessage(error)}`, error);
  }
  await response.body?.cancel();
  if (response.ok) return;
  throw new CommandError(
    'OUTPUT_FAILED',
    `output_file: PUT ${address} answered ${response.status} ${response.statusText}`,
  );
}
