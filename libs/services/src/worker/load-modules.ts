import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInput, fieldViolation } from '@taskflow/domain';
import { isTask, isWorkflow, type AnyTask, type AnyWorkflow } from '@taskflow/sdk';

export interface LoadedModules {
  readonly tasks: readonly AnyTask[];
  readonly workflows: readonly AnyWorkflow[];
}

/**
 * Imports modules (JavaScript, or TypeScript whose types Node strips) and collects the Tasks and Workflows that they export.
 * A Task without a name belongs to the Workflow that uses it and is not taken by itself.
 *
 * @param paths relative to the working directory
 * @throws InvalidInput when a module cannot be loaded or exports nothing of the kind
 */
export async function loadModules(paths: readonly string[]): Promise<LoadedModules> {
  const tasks = new Set<AnyTask>();
  const workflows = new Set<AnyWorkflow>();
  for (const path of paths) {
    const exported = Object.values(await load(path));
    const found = { tasks: exported.filter(isTask), workflows: exported.filter(isWorkflow) };
    if (found.tasks.length + found.workflows.length === 0) {
      const wanted = 'a module that exports at least one task() or workflow()';
      throw InvalidInput.of('the worker’s modules', [fieldViolation('load', path, wanted)], { reason: 'BAD_MODULE' });
    }
    for (const workflow of found.workflows) workflows.add(workflow);
    for (const task of found.tasks) if (task.name !== undefined || !isUsed(task, found.workflows)) tasks.add(task);
  }
  return { tasks: [...tasks], workflows: [...workflows] };
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const description = `load: ${path} cannot be loaded: ${detail}`;
    const violation = { field: 'load', got: path, wanted: 'a module that loads', description };
    throw InvalidInput.of('the worker’s modules', [violation], { reason: 'BAD_MODULE', cause });
  }
}

function isUsed(task: AnyTask, workflows: readonly AnyWorkflow[]): boolean {
  return workflows.some(({ nodes }) => nodes.some((node) => node.task === task));
}
