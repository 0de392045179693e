import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { MAX_LINE_BYTES } from '../worker/log-lines.js';
import type { RunLog } from '../worker/log-hub.js';

/**
 * Writes a command's output to its log line by line. The command is slowed down, by not reading on, while the log is full.
 * `onLine` sees each line too.
 */
export function pipeToLog(
  source: Readable,
  log: () => RunLog,
  stream: 'stdout' | 'stderr',
  onLine: (line: string) => void = () => undefined,
): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const write = (text: string): void => {
    log().write(stream, text);
    onLine(text);
  };
  source.on('data', (chunk: Buffer) => {
    rest += decoder.write(chunk);
    const end = rest.lastIndexOf('\n');
    if (end >= 0) write(rest.slice(0, end));
    if (end >= 0) rest = rest.slice(end + 1);
    if (rest.length >= MAX_LINE_BYTES) {
      write(rest);
      rest = '';
    }
    if (!log().full) return;
    source.pause();
    void log()
      .whenRoom()
      .then(() => source.resume());
  });
  return new Promise((resolve) => {
    const finish = (): void => {
      rest += decoder.end();
      if (rest !== '') write(rest);
      rest = '';
      resolve();
    };
    source.once('close', finish);
    source.once('error', finish);
  });
}
