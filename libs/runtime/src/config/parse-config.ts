import { InvalidInput, type FieldViolation } from '@taskflow/domain';
import type { Environment } from './environment.js';
import type { Fragment, FragmentValues } from './variable.js';

/**
 * Reads a fragment from environment variables, once, at the start of a process.
 *
 * An empty variable counts as absent. Every fault is reported together in one InvalidInput; values of secrets are not shown.
 */
export function parseConfig<F extends Fragment>(fragment: F, environment: Environment): FragmentValues<F> {
  const values: Record<string, unknown> = {};
  const violations: FieldViolation[] = [];
  for (const [property, { name, schema, secret }] of Object.entries(fragment)) {
    const raw = environment[name] === '' ? undefined : environment[name];
    const result = schema.safeParse(raw);
    if (result.success) {
      values[property] = result.data;
      continue;
    }
    const wanted = result.error.issues.map((issue) => issue.message).join(', ');
    const got = raw === undefined ? undefined : secret ? '(hidden)' : JSON.stringify(raw);
    violations.push({
      field: name,
      ...(got === undefined ? {} : { got }),
      wanted,
      description: got === undefined ? `${name} is not set: ${wanted}` : `${name}=${got}: ${wanted}`,
    });
  }
  if (violations.length > 0) throw InvalidInput.of('the configuration', violations, { reason: 'BAD_CONFIG' });
  return values as FragmentValues<F>;
}
