import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { formatDuration, InvalidInput, type FieldViolation } from '@taskflow/domain';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { fileSchema } from './destination-schema.js';

/** One configured destination; durations in milliseconds. */
export type DestinationConfig = z.infer<typeof fileSchema>['destinations'][number];

/**
 * Reads the file that names the push destinations. Relative paths in it begin at its folder; a local destination without one keeps its
 * jobs in `.taskflow/destinations/NAME` there.
 *
 * @throws InvalidInput (BAD_CONFIG) with every fault, each by its path in the file
 */
export async function readDestinations(path: string): Promise<DestinationConfig[]> {
  const fail = (violations: FieldViolation[], cause?: unknown): never => {
    throw InvalidInput.of(`the destinations in ${path}`, violations, { reason: 'BAD_CONFIG', cause });
  };
  const fault = (field: string, description: string): FieldViolation => ({ field, wanted: description, description });
  const source = await readFile(path, 'utf8').catch((error: Error) =>
    fail([fault('TASKFLOW_DESTINATIONS', `the file cannot be read: ${error.message}`)], error),
  );
  let document: unknown;
  try {
    document = parse(source, { maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    fail([fault('', `this is not YAML: ${error.message}`)], error);
  }
  const read = fileSchema.safeParse(document);
  if (!read.success) return fail(read.error.issues.map((issue) => fault(pathOf(issue.path), describe(issue))));
  const { destinations } = read.data;
  const twice = destinations.flatMap(({ name: own }, index) =>
    destinations.findIndex((other) => other.name === own) < index
      ? [fault(`destinations[${String(index)}].name`, `destinations[${String(index)}].name: "${own}" stands twice`)]
      : [],
  );
  const narrow = destinations.flatMap(({ ambiguity_window: window, submit_timeout: longest }, index) => {
    const field = `destinations[${String(index)}].ambiguity_window`;
    const wanted = `${field}: got ${formatDuration(window)}, wanted at least submit_timeout, which is ${formatDuration(longest)}`;
    return window < longest ? [fault(field, wanted)] : [];
  });
  if (twice.length + narrow.length > 0) fail([...twice, ...narrow]);
  return destinations.map((destination) => {
    if (destination.kind === 'kubernetes' && destination.kubeconfig !== undefined) {
      return { ...destination, kubeconfig: resolve(dirname(path), destination.kubeconfig) };
    }
    if (destination.kind === 'mesos' && destination.secret_file !== undefined) {
      return { ...destination, secret_file: resolve(dirname(path), destination.secret_file) };
    }
    if (destination.kind !== 'local') return destination;
    const directory = destination.directory ?? `.taskflow/destinations/${destination.name}`;
    return { ...destination, directory: resolve(dirname(path), directory) };
  });
}

function describe(issue: z.core.$ZodIssue): string {
  const unknown = issue.code === 'unrecognized_keys' ? `unknown: ${issue.keys.join(', ')}` : issue.message;
  return `${pathOf(issue.path) || 'the file'}: ${unknown}`;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
