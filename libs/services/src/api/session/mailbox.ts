import type { LogAck, PendingCancel } from '@taskflow/engine';
import type { Hub } from './hub.js';
import type { WorkerSession } from './worker-session.js';

/** What is to be told to a worker that calls now and then. */
export interface Mailbox {
  /** A cancel waits to be told. */
  full(): boolean;
  take(): { readonly cancels: readonly PendingCancel[]; readonly logAcks: LogAck[] };
  /** Tells of the next cancel, the end of the api or of the session, until the returned function is called. */
  onNews(news: (error?: Error) => void): () => void;
}

export interface Mailboxes {
  open(session: WorkerSession): Mailbox;
  /** The call has ended; a worker that does not call again is forgotten, and its leases expire. */
  leave(session: WorkerSession): void;
}

const FORGOTTEN_AFTER_MS = 60_000;

interface Kept {
  readonly mailbox: Mailbox;
  calls: number;
  forget: NodeJS.Timeout | undefined;
}

export function createMailboxes(hub: Hub): Mailboxes {
  const kept = new WeakMap<WorkerSession, Kept>();
  return {
    open(session) {
      const entry = kept.get(session) ?? { mailbox: createMailbox(session), calls: 0, forget: undefined };
      clearTimeout(entry.forget);
      entry.calls += 1;
      kept.set(session, entry);
      return entry.mailbox;
    },
    leave(session) {
      const entry = kept.get(session);
      if (entry === undefined) return;
      entry.calls -= 1;
      if (entry.calls > 0) return;
      entry.forget = setTimeout(() => hub.drop(session), FORGOTTEN_AFTER_MS);
      entry.forget.unref();
    },
  };
}

function createMailbox(session: WorkerSession): Mailbox {
  let cancels: PendingCancel[] = [];
  let logAcks: LogAck[] = [];
  const listeners = new Set<(error?: Error) => void>();
  const notify = (error?: Error): void => {
    for (const listener of listeners) listener(error);
  };
  session.onLogAcks = (acks) => logAcks.push(...acks);
  session.onCancels = (fresh) => {
    cancels.push(...fresh);
    notify();
  };
  session.onGoAway = () => notify();
  session.onEnd = notify;
  return {
    full: () => cancels.length > 0,
    take() {
      const taken = { cancels, logAcks };
      cancels = [];
      logAcks = [];
      return taken;
    },
    onNews(news) {
      listeners.add(news);
      return () => listeners.delete(news);
    },
  };
}
