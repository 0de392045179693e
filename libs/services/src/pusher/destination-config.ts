import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { formatDuration, InvalidInput, readDuration, type FieldViolation } from '@taskflow/domain';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';

const text = z.string('wanted text').min(1, 'wanted text');
const name = text.regex(/^[A-Za-z0-9][\w.-]{0,199}$/, 'wanted letters, digits, ".", "_" or "-"');

const duration = (fallback: string) =>
  z
    .unknown()
    .default(fallback)
    .transform((value, context) => {
      const ms = typeof value === 'string' ? readDuration(value) : undefined;
      if (ms !== undefined) return ms;
      context.addIssue({ code: 'custom', message: 'wanted a duration such as 500ms, 30s, 5m, 2h' });
      return z.NEVER;
    });

const common = {
  name,
  max_in_flight: z
    .int('wanted an integer from 1 to 100000')
    .min(1, 'wanted an integer from 1 to 100000')
    .max(100_000, 'wanted an integer from 1 to 100000')
    .default(100),
  lease: duration('6s').refine((ms) => ms >= 500, 'wanted at least 500ms'),
  submit_timeout: duration('30s'),
  lost_timeout: duration('5m'),
  start_timeout: duration('0s'),
  cancel_timeout: duration('3m'),
  ambiguity_window: duration('60s'),
  sweep_interval: duration('60s'),
  keep_finished: duration('24h'),
};

const localSchema = z.strictObject({
  ...common,
  kind: z.literal('local'),
  directory: text.optional(),
  grace: duration('10s'),
  sync_interval: duration('500ms').refine((ms) => ms >= 10, 'wanted at least 10ms'),
});

const fileSchema = z.strictObject({
  destinations: z.array(
    z.discriminatedUnion('kind', [localSchema], { error: 'wanted a destination of kind local' }),
    'wanted a list of destinations',
  ),
});

/** One configured destination; durations in milliseconds. */
export type DestinationConfig = z.infer<typeof localSchema>;

/**
 * Reads the file that names the push destinations. Relative folders are beside it; a local destination without one keeps its
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
  return destinations.map((destination) => ({
    ...destination,
    directory: resolve(dirname(path), destination.directory ?? `.taskflow/destinations/${destination.name}`),
  }));
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
