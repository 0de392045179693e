import { access, constants, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fieldViolation, formatDuration, InvalidInput, isJsonObject, type FieldViolation } from '@taskflow/domain';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { destinationSchema } from './destination-schema.js';

/** One configured destination; durations in milliseconds. */
export type DestinationConfig = z.infer<typeof destinationSchema>;

/** Where the destinations are named; both together are one list. */
export interface DestinationSource {
  /** Path of the file, from TASKFLOW_DESTINATIONS. */
  readonly destinations?: string | undefined;
  /** The list itself, from TASKFLOW_DESTINATIONS_INLINE. */
  readonly destinationsInline?: string | undefined;
}

/** What a source holds now, unread. */
export interface DestinationText {
  readonly path: string;
  readonly text: string;
  /** Where relative paths begin. */
  readonly folder: string;
}

/** @throws InvalidInput (BAD_CONFIG) when the file cannot be read */
export async function loadSource(source: DestinationSource): Promise<DestinationText[]> {
  const { destinations: path, destinationsInline: text } = source;
  const inline = text === undefined ? [] : [{ path: 'TASKFLOW_DESTINATIONS_INLINE', text, folder: process.cwd() }];
  if (path === undefined) return inline;
  const read = await readFile(path, 'utf8').catch((error: Error) => {
    throw refused([fieldViolation('TASKFLOW_DESTINATIONS', path, `a file that can be read: ${error.message}`)], error);
  });
  return [{ path, text: read, folder: dirname(path) }, ...inline];
}

/**
 * Reads the push destinations. A local one without a folder keeps its jobs in `.taskflow/destinations/NAME` beside the file.
 *
 * @throws InvalidInput (BAD_CONFIG) with every fault, each by its path, what was got and what is wanted
 */
export async function readDestinations(source: DestinationSource): Promise<DestinationConfig[]> {
  return readTexts(await loadSource(source));
}

/** As {@link readDestinations}, of what was loaded. The files that it names are there, unless it is only read as an example. */
export async function readTexts(
  texts: readonly DestinationText[],
  as: 'configuration' | 'example' = 'configuration',
): Promise<DestinationConfig[]> {
  const faults: FieldViolation[] = [];
  const found: { readonly field: string; readonly config: DestinationConfig }[] = [];
  const names = new Map<string, string>();
  for (const { path, text, folder } of texts) {
    const prefix = texts.length > 1 ? `${path}: ` : '';
    for (const [index, entry] of entriesOf(path, text, faults).entries()) {
      const field = `${prefix}destinations[${String(index)}]`;
      const name = isJsonObject(entry as never) ? (entry as { name?: unknown }).name : undefined;
      if (typeof name === 'string') {
        const other = names.get(name);
        if (other === undefined) names.set(name, field);
        else faults.push(fieldViolation(`${field}.name`, name, `a name of its own, which ${other} has not`));
      }
      const read = destinationSchema.safeParse(entry);
      if (!read.success) faults.push(...read.error.issues.map((issue) => faultOf(field, entry, issue)));
      else found.push({ field, config: withPaths(read.data, folder) });
    }
  }
  for (const { field, config } of found) {
    faults.push(...windowFaults(field, config), ...(as === 'example' ? [] : await fileFaults(field, config)));
  }
  if (faults.length > 0) throw refused(faults);
  return found.map(({ config }) => config);
}

function refused(faults: readonly FieldViolation[], cause?: unknown): InvalidInput {
  return InvalidInput.of('the configuration of the push destinations', faults, { reason: 'BAD_CONFIG', cause });
}

/** The list in a document, which is that list or has it as `destinations`. */
function entriesOf(path: string, text: string, faults: FieldViolation[]): readonly unknown[] {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    faults.push(fieldViolation(path, text.slice(0, 40), `YAML: ${error.message}`));
    return [];
  }
  if (Array.isArray(document)) return document;
  const { destinations, ...rest } = (isJsonObject(document as never) ? document : {}) as Record<string, unknown>;
  if (Object.keys(rest).length > 0) {
    faults.push(fieldViolation(path, Object.keys(rest).join(', '), 'nothing but destinations'));
  }
  if (Array.isArray(destinations)) return destinations;
  faults.push(fieldViolation(`${path}: destinations`, destinations ?? document, 'a list of destinations'));
  return [];
}

function faultOf(field: string, entry: unknown, issue: z.core.$ZodIssue): FieldViolation {
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`)).join('');
  if (issue.code === 'unrecognized_keys') {
    return fieldViolation(`${field}${path}`, issue.keys.join(', '), 'fields that this kind has');
  }
  const got = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], entry);
  return fieldViolation(`${field}${path}`, got, issue.message.replace(/^wanted /, ''));
}

function windowFaults(field: string, config: DestinationConfig): FieldViolation[] {
  const { ambiguity_window: window, submit_timeout: longest } = config;
  const wanted = `at least submit_timeout, which is ${formatDuration(longest)}`;
  return window < longest ? [fieldViolation(`${field}.ambiguity_window`, formatDuration(window), wanted)] : [];
}

async function fileFaults(field: string, config: DestinationConfig): Promise<FieldViolation[]> {
  const [name, path] =
    config.kind === 'kubernetes'
      ? ['kubeconfig', config.kubeconfig]
      : ['secret_file', config.kind === 'mesos' ? config.secret_file : undefined];
  if (path === undefined) return [];
  return access(path, constants.R_OK).then(
    () => [],
    (error: Error) => [fieldViolation(`${field}.${name}`, path, `a file that can be read: ${error.message}`)],
  );
}

function withPaths(config: DestinationConfig, folder: string): DestinationConfig {
  if (config.kind === 'kubernetes' && config.kubeconfig !== undefined) {
    return { ...config, kubeconfig: resolve(folder, config.kubeconfig) };
  }
  if (config.kind === 'mesos' && config.secret_file !== undefined) {
    return { ...config, secret_file: resolve(folder, config.secret_file) };
  }
  if (config.kind !== 'local') return config;
  return { ...config, directory: resolve(folder, config.directory ?? join('.taskflow/destinations', config.name)) };
}
