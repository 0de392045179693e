import pg from 'pg';

export interface ListenerOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  readonly channels: readonly string[];
  readonly onNotify: (channel: string, payload: string) => void;
  /**
   * `listening`: from now on hints arrive; those sent before are lost, so look at everything once. `lost`: until the next
   * `listening` there are none.
   */
  readonly onState?: ((state: 'listening' | 'lost', error?: Error) => void) | undefined;
}

export interface Listener {
  readonly listening: boolean;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
// A connection that died without a word (half-open) is noticed by a question that is not answered.
const PING_INTERVAL_MS = 20_000;
const PING_TIMEOUT_MS = 5000;

/** Listens on a connection of its own, and connects again for ever when it is lost. Never throws: hints are only hints. */
export function createListener(options: ListenerOptions): Listener {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = FIRST_PAUSE_MS;
  let listening = false;
  let closed = false;

  const lose = (lost: pg.Client, error?: Error) => {
    if (client !== lost) return;
    client = undefined;
    clearTimeout(timer);
    void lost.end().catch(() => undefined);
    if (listening) options.onState?.('lost', error);
    listening = false;
    if (closed) return;
    timer = setTimeout(connect, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };

  const ping = (current: pg.Client) => {
    timer = setTimeout(() => {
      current.query('select 1').then(
        () => client === current && ping(current),
        (error: Error) => lose(current, error),
      );
    }, PING_INTERVAL_MS);
    timer.unref();
  };

  const connect = () => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: options.applicationName ?? 'taskflow listen',
      keepAlive: true,
      connectionTimeoutMillis: PING_TIMEOUT_MS,
      query_timeout: PING_TIMEOUT_MS,
    });
    client = next;
    next.on('error', (error) => lose(next, error));
    next.on('end', () => lose(next));
    next.on('notification', ({ channel, payload }) => options.onNotify(channel, payload ?? ''));
    const channels = options.channels.map((channel) => `listen ${pg.escapeIdentifier(channel)}`).join('; ');
    next
      .connect()
      .then(() => next.query(channels))
      .then(
        () => {
          if (client !== next) return;
          listening = true;
          pause = FIRST_PAUSE_MS;
          ping(next);
          options.onState?.('listening');
        },
        (error: Error) => lose(next, error),
      );
  };

  connect();
  return {
    get listening() {
      return listening;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      listening = false;
      await last?.end();
    },
  };
}
