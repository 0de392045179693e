import { open, type FileHandle } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import { CommandError, errorCode, rootMessage } from './command-error.js';

/** Standard input of a command. */
export interface CommandInput {
  /** A file's descriptor, or a pipe that {@link feed} fills; `ignore` is an empty input. */
  readonly stdio: number | 'pipe' | 'ignore';
  /** Fills the pipe; rejects when the source breaks off. A command that stops reading is no fault. */
  feed(stdin: Writable | null): Promise<void>;
  close(): Promise<void>;
}

/** The command has stopped reading or has ended. */
const UNREAD: readonly unknown[] = ['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'];

const NOTHING = (): Promise<void> => Promise.resolve();

/** Opens `input_file`. @throws CommandError INPUT_UNAVAILABLE */
export async function openInput(address: string | undefined, signal: AbortSignal): Promise<CommandInput> {
  if (address === undefined) return { stdio: 'ignore', feed: NOTHING, close: NOTHING };
  if (address.startsWith('file:')) {
    const file = await openFile(address);
    return { stdio: file.fd, feed: NOTHING, close: () => file.close() };
  }
  const body = await download(address, signal);
  return {
    stdio: 'pipe',
    async feed(stdin) {
      if (!stdin) return;
      try {
        await pipeline(body, stdin);
      } catch (error) {
        if (UNREAD.includes(errorCode(error))) return;
        throw new CommandError('INPUT_UNAVAILABLE', `input_file ${address} broke off: ${rootMessage(error)}`, error);
      }
    },
    close() {
      body.destroy();
      return NOTHING();
    },
  };
}

async function openFile(address: string): Promise<FileHandle> {
  try {
    return await open(fileURLToPath(address), 'r');
  } catch (error) {
    throw new CommandError('INPUT_UNAVAILABLE', `input_file ${address} cannot be read: ${rootMessage(error)}`, error);
  }
}

async function download(address: string, signal: AbortSignal): Promise<Readable> {
  let response: Response;
  try {
    response = await fetch(address, { signal });
  } catch (error) {
    throw new CommandError('INPUT_UNAVAILABLE', `input_file: GET ${address} failed: ${rootMessage(error)}`, error);
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new CommandError(
      'INPUT_UNAVAILABLE',
      `input_file: GET ${address} answered ${response.status} ${response.statusText}`,
    );
  }
  return response.body ? Readable.fromWeb(response.body as ReadableStream<Uint8Array>) : Readable.from([]);
}
