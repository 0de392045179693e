import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { InvalidInput, parseDefinitionFile } from '@taskflow/domain';
import type { Definition } from '@taskflow/proto/taskflow/v1/definitions.js';
import { usage } from '../failure/command-failure.js';
import { readModule } from './read-module.js';
import { parseYaml } from './parse-yaml.js';

const MODULES = new Set(['.ts', '.mts', '.js', '.mjs']);

/**
 * The definitions of files, checked as far as they can be without the api.
 *
 * @throws CommandFailure or InvalidInput that names the file
 */
export async function readDefinitions(paths: readonly string[]): Promise<Definition[]> {
  const definitions: Definition[] = [];
  for (const path of paths) definitions.push(...(await readFileOf(path)));
  if (definitions.length === 0)
    throw usage(`${paths.join(', ')}: no definition is there, wanted tasks, workflows or both`);
  return definitions;
}

async function readFileOf(path: string): Promise<Definition[]> {
  if (MODULES.has(extname(path))) return readModule(path);
  const text = path === '-' ? await readAll(process.stdin) : await readText(path);
  const name = path === '-' ? 'stdin' : path;
  return (await parseYaml(name, text)).flatMap((document) => checked(name, document));
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw usage(`${path} cannot be read: ${error.message}`);
  });
}

function checked(name: string, document: unknown): Definition[] {
  let file;
  try {
    file = parseDefinitionFile(document);
  } catch (error) {
    if (error instanceof InvalidInput) throw InvalidInput.of(name, error.violations, { reason: error.reason });
    throw error;
  }
  return [
    ...file.tasks.map((spec) => ({ kind: 'task', specJson: JSON.stringify(spec) })),
    ...file.workflows.map((spec) => ({ kind: 'workflow', specJson: JSON.stringify(spec) })),
  ];
}
