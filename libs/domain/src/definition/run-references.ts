import type { JsonObject } from '../json.js';
import { referencedTasks, type TaskReference } from '../template/resolve-template.js';

/**
 * The outputs of other tasks that a task's command and push spec reference.
 *
 * @throws InvalidInput when a template in them cannot be read
 */
export function taskReferences(
  { run, push }: { readonly run?: object | undefined; readonly push?: JsonObject | undefined },
  at: (path: string) => string,
): TaskReference[] {
  return [...runReferences(run ?? {}, at), ...(push === undefined ? [] : referencedTasks(push, at('push')))];
}

interface TemplatedRun {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input_file?: string | undefined;
  readonly output_file?: string | undefined;
}

/**
 * The outputs of other tasks that a command's variables and addresses reference. The script itself is no template: a value
 * written into it could be read as code, a variable cannot.
 *
 * @throws InvalidInput when a template in them cannot be read
 */
export function runReferences(run: object, at: (path: string) => string): TaskReference[] {
  const { env, input_file: input, output_file: output }: TemplatedRun = run;
  const texts: [string, JsonObject | string | undefined][] = [
    ['env', env],
    ['input_file', input],
    ['output_file', output],
  ];
  return texts.flatMap(([key, value]) => (value === undefined ? [] : referencedTasks(value, at(`run.${key}`))));
}
