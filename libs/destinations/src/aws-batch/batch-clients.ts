import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';

/** How the account is reached. Two destinations may be in two accounts: nothing is taken from the process but what is left out here. */
export interface BatchAccess {
  readonly region: string;
  /** Of another server than AWS's own. */
  readonly endpoint?: string | undefined;
  readonly logsEndpoint?: string | undefined;
  /** Of the shared configuration files. */
  readonly profile?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

export interface BatchClients {
  /** Sends once: a repeated SubmitJob makes a second job, which no token prevents. */
  readonly submit: BatchClient;
  readonly read: BatchClient;
  readonly logs: CloudWatchLogsClient;
  close(): void;
}

const CONNECT_MS = 5000;
const REQUEST_MS = 20_000;

export function openClients(access: BatchAccess): BatchClients {
  const { region, profile, credentials, endpoint, logsEndpoint } = access;
  const base = {
    region,
    userAgentAppId: 'taskflow',
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  const batch = { ...base, ...(endpoint === undefined ? {} : { endpoint }) };
  const submit = new BatchClient({ ...batch, maxAttempts: 1 });
  const read = new BatchClient({ ...batch, retryMode: 'adaptive', maxAttempts: 5 });
  const logs = new CloudWatchLogsClient({ ...base, ...(logsEndpoint === undefined ? {} : { endpoint: logsEndpoint }) });
  return {
    submit,
    read,
    logs,
    close() {
      for (const client of [submit, read, logs]) client.destroy();
    },
  };
}
