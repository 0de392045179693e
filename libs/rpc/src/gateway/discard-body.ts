import type { IncomingMessage } from 'node:http';

const MOST_BYTES = 64 * 1024 * 1024;
const LONGEST_MS = 5000;

/**
 * Reads what a client still sends and throws it away: while it sends, it does not look for the answer, and a connection that is
 * closed under it hides the answer. Ends with the body, or after 64 MiB or 5 s.
 */
export function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let left = MOST_BYTES;
    const timer = setTimeout(leave, LONGEST_MS);
    const count = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left < 0) leave();
    };
    request.on('data', count).once('end', leave).once('close', leave);
    request.resume();
    function leave(): void {
      clearTimeout(timer);
      request.off('data', count).off('end', leave).off('close', leave);
      resolve();
    }
  });
}
