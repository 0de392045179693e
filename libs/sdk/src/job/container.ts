import { fieldViolation, InvalidInput } from '@taskflow/domain';
import type { Variables } from '../bash/command-environment.js';

/** What a job tells its container. */
export interface JobAccess {
  /** host:port. */
  readonly address: string;
  readonly token: string;
  /** Who this container is, the same after its restart: `KIND:ID` or `KIND:ID:RUN`. */
  readonly container: string;
}

/** Reads it from the environment. @throws InvalidInput naming the variables that are missing */
export function readJobAccess(environment: Variables): JobAccess {
  const { TASKFLOW_API_ADDRESS: address, TASKFLOW_CLAIM_TOKEN: token } = environment;
  const container = containerOf(environment);
  if (address && token && container !== undefined) return { address, token, container };
  const missing = [
    ...(address ? [] : [violation('TASKFLOW_API_ADDRESS', 'host:port of the api: set `api` on the destination')]),
    ...(token
      ? []
      : [violation('TASKFLOW_CLAIM_TOKEN', 'what the pusher gives a job: this runs in pushed jobs alone')]),
    ...(container === undefined ? [violation('TASKFLOW_CONTAINER', 'KIND:ID of this container')] : []),
  ];
  throw InvalidInput.of('the environment of run-task', missing, { reason: 'NO_JOB' });
}

function violation(name: string, wanted: string): ReturnType<typeof fieldViolation> {
  return fieldViolation(name, undefined, wanted);
}

/** The ids that the destinations themselves give; a pod, a Batch job and its try, a Mesos task, a folder of this machine. */
function containerOf(environment: Variables): string | undefined {
  const {
    TASKFLOW_CONTAINER: given,
    AWS_BATCH_JOB_ID: batch,
    AWS_BATCH_JOB_ATTEMPT: run = '1',
    TASKFLOW_POD_UID: pod,
    TASKFLOW_EXTERNAL_NAME: name,
  } = environment;
  if (given) return given;
  // The children of an array job have ids with a colon.
  if (batch) return `batch:${batch.replaceAll(':', '.')}:${run}`;
  if (pod) return `k8s:${pod}`;
  return name ? `job:${name}` : undefined;
}
