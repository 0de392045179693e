import { knownWords, NotFound } from '@taskflow/domain';
import { listNames, type Queryable } from '@taskflow/store';

/** The error for a name that is not registered, with the nearest that is. */
export async function notRegistered(q: Queryable, kind: 'task' | 'workflow', name: string): Promise<NotFound> {
  return notRegisteredAmong(kind, name, await listNames(q, kind));
}

export function notRegisteredAmong(kind: 'task' | 'workflow', name: string, known: readonly string[]): NotFound {
  const what = kind === 'task' ? 'Task' : 'Workflow';
  return new NotFound(
    `No ${what} "${name.slice(0, 200)}" is registered; ${knownWords(name, known)}. Register it, or mend the name.`,
    {
      reason: kind === 'task' ? 'TASK_NOT_FOUND' : 'WORKFLOW_NOT_FOUND',
    },
  );
}
