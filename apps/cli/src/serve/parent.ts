import { report } from '../failure/report.js';

/** What a service tells the `taskflow up` that started it. */
export interface Started {
  readonly started: true;
}

/** Started by `taskflow up`, the process stops when that one is gone, however it went. */
export function followParent(): void {
  if (process.channel === undefined) return;
  if (!process.connected) process.exit(0);
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // The channel alone must not keep a process that could not start.
  process.channel.unref();
}

/** Tells `taskflow up` that the service has started. */
export function tellParent(): void {
  if (process.connected) process.send?.({ started: true } satisfies Started);
}

/** Ends the process with the service: what a module of the user, or the line to `taskflow up`, keeps open must not keep it. */
export async function leaveWith(serving: Promise<number>): Promise<void> {
  process.exit(await serving.catch(report));
}
