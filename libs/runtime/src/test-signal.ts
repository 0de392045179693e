import { processEnvironment, type Environment } from './config/environment.js';

/** Says that a named step of the program is done. Does nothing outside of tests. */
export type TestSignal = (point: string) => void;

/**
 * For tests of sudden death: a process with `TASKFLOW_TEST_KILL_AT=POINT` or `POINT:N` kills itself like `kill -9` when it
 * reaches the point (for the Nth time). Without the variable nothing happens.
 */
export function readTestSignal(environment: Environment = processEnvironment()): TestSignal {
  const [wanted, times = '1'] = (environment['TASKFLOW_TEST_KILL_AT'] ?? '').split(':');
  if (!wanted) return () => undefined;
  let left = Number(times);
  return (point) => {
    if (point !== wanted) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
