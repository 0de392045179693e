import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Definition } from '@taskflow/proto/taskflow/v1/definitions.js';
import { usage } from '../failure/command-failure.js';

/** The Tasks and Workflows that a module exports, compiled. */
export async function readModule(path: string): Promise<Definition[]> {
  const { compile, isTask, isWorkflow } = await import('@taskflow/sdk');
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw usage(`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  const exported = [...new Set(Object.values(module))];
  const { definitions } = compile({ tasks: exported.filter(isTask), workflows: exported.filter(isWorkflow) });
  return definitions.map(({ kind, spec }) => ({ kind, specJson: JSON.stringify(spec) }));
}
