import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { systemClock, type Clock } from '@taskflow/domain';
import { fetch, type Response } from 'undici';
import { createPaces, type CallKind, type CallRates } from '../pace.js';
import { KubeError, readStatus, throttleOf } from './kube-error.js';

/** Which cluster, and as whom. Nothing is taken from the process's surroundings: two destinations may be in two clusters. */
export interface ClusterAccess {
  /** Path of a kubeconfig; absent: the service account of the pod that the pusher runs in. */
  readonly kubeconfig?: string | undefined;
  /** Of the kubeconfig; its current one by default. */
  readonly context?: string | undefined;
  /** Calls a second. */
  readonly rates?: CallRates | undefined;
  readonly clock?: Clock | undefined;
}

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Becomes JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

/** The API server of a cluster, over its plain HTTP. */
export interface Cluster {
  /** Address of the API server, for messages. */
  readonly server: string;
  /** @throws KubeError for an answer that is not a success; what the network throws otherwise */
  json<T>(request: KubeRequest): Promise<T>;
  /** At most as many characters as the server was asked for. */
  text(request: KubeRequest): Promise<string>;
  /** An empty line once the server has begun to answer, then lines as they come, until the server or the signal ends it. */
  lines(request: KubeRequest): AsyncIterable<string>;
}

const REQUEST_MS = 20_000;
const USUAL_RATES: CallRates = { submit: 20, read: 20, stop: 20, log: 20 };
const AT_ONCE = 20;
/** Between two looks whether the kubeconfig names other credentials by now. */
const CREDENTIALS_MS = 2000;
const METHODS = { GET: HttpMethod.GET, POST: HttpMethod.POST, PATCH: HttpMethod.PATCH, DELETE: HttpMethod.DELETE };

const KINDS: Readonly<Record<KubeRequest['method'], CallKind>> = {
  GET: 'read',
  POST: 'submit',
  PATCH: 'stop',
  DELETE: 'stop',
};

/** @throws Error when the kubeconfig cannot be read or names no such context */
export function openCluster(access: ClusterAccess): Cluster {
  const { clock = systemClock, rates = USUAL_RATES } = access;
  const paces = createPaces(rates, { clock, atOnce: AT_ONCE, throttleOf });
  let config = readConfig(access);
  let readAt = -Infinity;
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`${access.kubeconfig ?? 'the pod'} names no cluster`);

  /** Credentials may have been renewed since the file was read. */
  const renewed = (error: unknown): boolean => {
    if (!(error instanceof KubeError && error.status.code === 401)) return false;
    if (clock.monotonicMs() - readAt < CREDENTIALS_MS) return false;
    readAt = clock.monotonicMs();
    config = readConfig(access);
    return true;
  };
  const sendOnce = async (request: KubeRequest, signal: AbortSignal): Promise<Response> => {
    const url = new URL(server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const context = new RequestContext(url.toString(), METHODS[request.method]);
    await config.applySecurityAuthentication(context);
    const { body, contentType = 'application/json' } = request;
    const dispatcher = context.getDispatcher();
    const response = await fetch(url, {
      method: request.method,
      signal,
      headers: { ...context.getHeaders(), ...(body === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    if (response.ok) return response;
    const retryAfter = Number(response.headers.get('retry-after'));
    throw new KubeError(
      readStatus(response.status, await response.text()),
      retryAfter > 0 ? retryAfter * 1000 : undefined,
    );
  };
  const send = async (request: KubeRequest, signal: AbortSignal): Promise<Response> => {
    try {
      return await sendOnce(request, signal);
    } catch (error) {
      // Who is not known has had nothing done.
      if (!renewed(error)) throw error;
      return sendOnce(request, signal);
    }
  };
  const bounded = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);

  return {
    server,
    json: <T>(request: KubeRequest) =>
      paces[KINDS[request.method]].run(
        async () => (await (await send(request, bounded(request.signal))).json()) as T,
        request.signal,
      ),
    text: (request) => paces.log.run(async () => (await send(request, bounded(request.signal))).text(), request.signal),
    async *lines(request) {
      const { body } = await send(request, request.signal);
      yield '';
      if (body === null) return;
      const decoder = new TextDecoder();
      let rest = '';
      for await (const bytes of body as AsyncIterable<Uint8Array>) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    },
  };
}

function readConfig({ kubeconfig, context }: ClusterAccess): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}
