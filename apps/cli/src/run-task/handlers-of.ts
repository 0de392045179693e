import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, isTask, isWorkflow } from '@taskflow/sdk';
import { usage } from '../failure/command-failure.js';

type Handlers = ReturnType<typeof compile>['handlers'];

/** The handlers of the Tasks and Workflows that modules export, by name. */
export async function handlersOf(paths: readonly string[]): Promise<Handlers> {
  const exported = new Set<unknown>();
  for (const path of paths) for (const value of Object.values(await load(path))) exported.add(value);
  const all = [...exported];
  const { handlers } = compile({ tasks: all.filter(isTask).filter(hasName), workflows: all.filter(isWorkflow) });
  if (paths.length > 0 && handlers.size === 0) throw usage(`${paths.join(', ')}: no Task with a handler is exported.`);
  return handlers;
}

async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw usage(`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** One without belongs to the Workflow that uses it. */
function hasName({ name }: { readonly name?: string | undefined }): boolean {
  return name !== undefined;
}
