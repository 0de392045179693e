import { InvalidInput, fieldViolation, type FieldViolation } from '@taskflow/domain';
import { fieldNamed, fieldsOf, readMessage, unknownField } from './read-message.js';
import { readScalar } from './read-scalar.js';
import type { RouteMatch } from './match-route.js';

/**
 * The request message of a REST call, from its path, query and body.
 *
 * @throws InvalidInput with a violation for each fault
 */
export function readRequest(match: RouteMatch, query: URLSearchParams, body: unknown): unknown {
  const { route, pathValues } = match;
  const violations: FieldViolation[] = [];
  const inBody = route.body === '' ? {} : readMessage(route.requestType, body ?? {}, '', violations);
  const inQuery = readQuery(route.requestType, query, route.body !== '', violations);
  const inPath = readPath(route.requestType, pathValues, violations);
  for (const [property, value] of Object.entries(inPath)) {
    const twice = inBody[property] ?? inQuery[property];
    if (twice !== undefined && twice !== value) {
      violations.push(fieldViolation(property, twice, `${JSON.stringify(value)} as in the path, or nothing`));
    }
  }
  if (violations.length > 0) throw InvalidInput.of('the request', violations);
  return route.request.fromJSON({ ...inQuery, ...inBody, ...inPath });
}

function readPath(
  type: string,
  values: Readonly<Record<string, string>>,
  violations: FieldViolation[],
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, encoded] of Object.entries(values)) {
    const field = fieldNamed(fieldsOf(type), name);
    const text = decoded(encoded);
    const read = field && text !== undefined ? readScalar(field.type, text, name, true) : undefined;
    if (field && read && 'value' in read) result[field.property] = read.value;
    else violations.push(fieldViolation(name, encoded, 'percent-encoded text'));
  }
  return result;
}

function readQuery(
  type: string,
  query: URLSearchParams,
  hasBody: boolean,
  violations: FieldViolation[],
): Record<string, unknown> {
  const fields = fieldsOf(type);
  const result: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const field = hasBody ? undefined : fieldNamed(fields, name);
    if (field === undefined) {
      violations.push(
        hasBody ? fieldViolation(name, query.get(name), 'it in the body') : unknownField(name, name, fields),
      );
      continue;
    }
    const values = query.getAll(name);
    if (values.length > 1 && !field.repeated) {
      violations.push(fieldViolation(name, values, 'one value'));
      continue;
    }
    const read = values.map((value) => readScalar(field.type, value, name, true));
    const good = read.flatMap((each) => ('value' in each ? [each.value] : []));
    violations.push(...read.flatMap((each) => ('violation' in each ? [each.violation] : [])));
    result[field.property] = field.repeated ? good : good[0];
  }
  return result;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
