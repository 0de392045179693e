import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
} from '@aws-sdk/client-batch';
import { openFaultProxy, type FaultProxy } from '../../conformance/fault-proxy.js';

/** A fault that the proxy makes of the next calls of one operation; the kinds are in tools/rig/aws-batch/fault-proxy.mjs. */
export interface Fault {
  readonly op: string;
  readonly kind: string;
  readonly times?: number;
  readonly skip?: number;
  readonly ms?: number;
}

/** A job's process, as the stand-in for Docker has seen it. */
export interface RigContainer {
  /** `<job name>-<job id>`. */
  readonly name: string;
  readonly env: readonly string[];
  readonly code?: number;
  readonly spawnedAt?: number;
}

export interface BatchRig {
  readonly endpoint: string;
  readonly logsEndpoint: string;
  readonly region: string;
  readonly queue: string;
  readonly jobDefinition: string;
  readonly client: BatchClient;
  fault(rule: Fault): Promise<void>;
  /** Forgets rules and counts. */
  clearFaults(): Promise<void>;
  calls(op: string): Promise<number>;
  /** Every job that ever ran, since the last reset. */
  containers(): Promise<RigContainer[]>;
  /** The same server behind a proxy that can be away. */
  throughProxy(): Promise<FaultProxy>;
  close(): Promise<void>;
}

const START = fileURLToPath(new URL('../../../../../tools/rig/aws-batch/start.sh', import.meta.url));
const REGION = 'eu-west-1';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** A server of AWS Batch whose jobs really run, with a queue and a definition. The first start makes its Python environment. */
export async function openBatchRig(): Promise<BatchRig> {
  const child = spawn(START, [], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const address: Record<string, string> = {};
  for await (const line of createInterface(child.stdout)) {
    if (line === 'READY') break;
    const [name = '', value = ''] = line.split(/=(.*)/);
    address[name] = value;
  }
  const at = (name: string): string => {
    const found = address[name];
    if (found === undefined) throw new Error(`the rig did not start: no ${name} (exit code ${String(child.exitCode)})`);
    return found;
  };
  const endpoint = at('AWS_ENDPOINT_URL_BATCH');
  const client = new BatchClient({ region: REGION, endpoint, credentials: CREDENTIALS });
  const names = await furnish(client, at('MOTO_URL'));
  const json = async <T>(url: string, init?: RequestInit): Promise<T> => (await (await fetch(url, init)).json()) as T;
  const faults = at('FAULTS_URL');
  return {
    endpoint,
    logsEndpoint: at('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'),
    region: REGION,
    ...names,
    client,
    fault: async (rule) => void (await fetch(faults, { method: 'POST', body: JSON.stringify(rule) })),
    clearFaults: async () => void (await fetch(faults, { method: 'DELETE' })),
    calls: async (op) =>
      (await json<{ counts: Record<string, { received: number }> }>(faults)).counts[op]?.received ?? 0,
    containers: () => json<RigContainer[]>(`${at('FAKE_DOCKER_URL')}/_fake/containers`),
    throughProxy: () => openFaultProxy({ target: endpoint, nameOf: (_method, path) => path.replace(/^.*\//, '') }),
    async close() {
      client.destroy();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function furnish(client: BatchClient, moto: string): Promise<{ queue: string; jobDefinition: string }> {
  const form = new URLSearchParams({
    Action: 'CreateRole',
    Version: '2010-05-08',
    RoleName: 'batch',
    AssumeRolePolicyDocument: '{}',
  });
  // Signed for nobody: the server reads no more of it than which service is meant.
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/iam/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(moto, { method: 'POST', body: form, headers: { authorization } });
  const role = /<Arn>([^<]+)<\/Arn>/.exec(await answer.text())?.[1];
  if (role === undefined) throw new Error('the rig made no role');
  const [queue, jobDefinition] = ['jobs', 'any'];
  await client.send(
    new CreateComputeEnvironmentCommand({ computeEnvironmentName: 'rig', type: 'UNMANAGED', serviceRole: role }),
  );
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'rig' }];
  await client.send(
    new CreateJobQueueCommand({ jobQueueName: queue, state: 'ENABLED', priority: 1, computeEnvironmentOrder }),
  );
  await client.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: jobDefinition,
      type: 'container',
      containerProperties: {
        image: 'any',
        command: ['echo', 'Ref::task'],
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '64' },
        ],
      },
    }),
  );
  return { queue, jobDefinition };
}
