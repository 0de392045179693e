import type { HintedChange } from '@taskflow/engine';

/** What was said to the scheduler since it looked last. */
export interface Hints {
  /** The payload of a notification about workflow instances; one that cannot be read counts as "look". */
  hear(payload: string): void;
  /** Something else than told changes wants a look at everything. */
  look(): void;
  /** Told changes, the oldest first; they are gone then. */
  take(): HintedChange[];
  /** True when a look was asked for since the last call; asks no more then. */
  takeLook(): boolean;
}

/** Most told changes that are applied at once; also the most that are kept, as a look finds the others. */
const MOST = 2000;

export function createHints(): Hints {
  let changes: HintedChange[] = [];
  let wanted = true;
  return {
    hear(payload) {
      const told = readChanges(payload);
      if (told.length === 0 || changes.length + told.length > MOST) wanted = true;
      else changes.push(...told);
    },
    look() {
      wanted = true;
    },
    take() {
      const taken = changes;
      changes = [];
      return taken;
    },
    takeLook() {
      const asked = wanted;
      wanted = false;
      return asked;
    },
  };
}

function readChanges(payload: string): HintedChange[] {
  if (payload === '') return [];
  try {
    const rows: unknown = JSON.parse(payload);
    return Array.isArray(rows) ? rows.flatMap(readChange) : [];
  } catch (error) {
    // Anybody may notify; what is no list of changes is only a reason to look.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function readChange(row: unknown): HintedChange[] {
  if (!Array.isArray(row)) return [];
  const [id, workflowInstanceId, nodeKey]: unknown[] = row;
  if (!isId(id) || !isId(workflowInstanceId) || typeof nodeKey !== 'string') return [];
  return [{ id, workflowInstanceId, nodeKey }];
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,19}$/.test(value);
}
