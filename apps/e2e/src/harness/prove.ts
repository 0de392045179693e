import { afterAll, beforeAll, it } from '@jest/globals';
import { createDeployment, type Deployment } from './deployment.js';

export interface Proofs {
  /** The deployment of this file; there from the first test on. */
  the(): Deployment;
  /** A test; when it fails, the last log lines of the services are shown. */
  prove(name: string, test: (deployment: Deployment) => Promise<void>, timeoutMs?: number): void;
}

/**
 * A deployment for the tests of a file: made before them, stopped after them.
 *
 * @param begin starts what the tests need
 * @param told variables for every service
 */
export function deployed(
  begin: (deployment: Deployment) => Promise<unknown>,
  told: Readonly<Record<string, string>> = {},
): Proofs {
  let deployment: Deployment | undefined;
  const the = (): Deployment => {
    if (deployment === undefined) throw new Error('the deployment has not begun');
    return deployment;
  };
  const reported = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      console.error(deployment?.report());
      throw error;
    }
  };
  beforeAll(async () => {
    deployment = await createDeployment(told);
    await reported(() => begin(the()));
  }, 60_000);
  afterAll(() => deployment?.stop(), 60_000);
  return {
    the,
    prove: (name, test, timeoutMs = 40_000) => void it(name, () => reported(() => test(the())), timeoutMs),
  };
}
