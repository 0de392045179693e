import { setTimeout } from 'node:timers/promises';
import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Clock } from '@taskflow/domain';
import { createPaces, type CallKind, type CallRates } from '../pace.js';
import { classifyError, retryAfterOf } from './classify-error.js';

/** How the account is reached. Two destinations may be in two accounts: nothing is taken from the process but what is left out here. */
export interface BatchAccess {
  readonly region: string;
  /** Of another server than AWS's own. */
  readonly endpoint?: string | undefined;
  readonly logsEndpoint?: string | undefined;
  /** Of the shared configuration files. */
  readonly profile?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Calls a second; AWS allows an account 50 submits a second, which others share. */
  readonly rates?: CallRates | undefined;
  readonly clock: Clock;
}

export interface Clients {
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
}

export interface BatchCalls {
  /**
   * Makes a call at the pace of its kind. A submit is sent once, for a second one would make a second job, which no token
   * prevents; the others are sent again, a few times, when they were throttled or not answered.
   *
   * @throws NotSent when its turn does not come in time; what the SDK throws otherwise
   */
  run<T>(kind: CallKind, call: (clients: Clients, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

const CONNECT_MS = 5000;
const REQUEST_MS = 20_000;
const USUAL_RATES: CallRates = { submit: 20, read: 5, stop: 5, log: 5 };
const AT_ONCE = 10;
const MOST_TRIES = 4;
const FIRST_PAUSE_MS = 100;
/** Between two looks whether there are other credentials by now. */
const CREDENTIALS_MS = 2000;

export function openCalls(access: BatchAccess): BatchCalls {
  const { clock, rates = USUAL_RATES } = access;
  const throttleOf = (error: unknown) =>
    classifyError(error).kind === 'throttled' ? { retryAfterMs: retryAfterOf(error) } : undefined;
  const paces = createPaces(rates, { clock, atOnce: AT_ONCE, throttleOf });
  let clients = openClients(access);
  let openedAt = -Infinity;

  /** Credentials in a file may have been renewed; the SDK reads the file once. */
  const renewed = (error: unknown): boolean => {
    const { code } = classifyError(error);
    if (access.credentials !== undefined || (code !== 'BAD_CREDENTIALS' && code !== 'NO_CREDENTIALS')) return false;
    if (clock.monotonicMs() - openedAt < CREDENTIALS_MS) return false;
    openedAt = clock.monotonicMs();
    clients = openClients(access, clients);
    return true;
  };
  const once = async <T>(...[kind, call, signal]: Parameters<typeof run<T>>): Promise<T> => {
    const send = () => paces[kind].run(() => call(clients, signal), signal);
    try {
      return await send();
    } catch (error) {
      // Who is not known has had nothing done.
      if (!renewed(error)) throw error;
      return send();
    }
  };
  const run = async <T>(
    kind: CallKind,
    call: (clients: Clients, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(kind, call, signal);
      } catch (error) {
        const { kind: what } = classifyError(error);
        const again = kind !== 'submit' && (what === 'throttled' || what === 'ambiguous');
        if (!again || tries === MOST_TRIES || signal.aborted) throw error;
        await setTimeout(Math.random() * FIRST_PAUSE_MS * 2 ** tries, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  return {
    run,
    close() {
      clients.batch.destroy();
      clients.logs.destroy();
    },
  };
}

function openClients(access: BatchAccess, before?: Clients): Clients {
  const { region, profile, credentials, endpoint, logsEndpoint } = access;
  const handler = { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true };
  const base = {
    region,
    userAgentAppId: 'taskflow',
    maxAttempts: 1,
    // Of the provider of credentials, to which the SDK hands these options on.
    ignoreCache: true,
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  // The connections are kept: calls may be under way on them.
  return {
    batch: new BatchClient({
      ...base,
      requestHandler: before?.batch.config.requestHandler ?? handler,
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
    logs: new CloudWatchLogsClient({
      ...base,
      requestHandler: before?.logs.config.requestHandler ?? handler,
      ...(logsEndpoint === undefined ? {} : { endpoint: logsEndpoint }),
    }),
  };
}
