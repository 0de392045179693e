import type { ErrorObject } from 'ajv/dist/2020.js';
import { knownWords } from '../error/did-you-mean.js';
import { fieldViolation, showValue, type FieldViolation } from '../error/invalid-input.js';
import { joinPath } from '../json.js';

const MOST_VIOLATIONS = 100;

interface Fault {
  readonly field: string;
  readonly got: unknown;
  readonly wanted: string;
}

/** One violation per field; alternatives of a field are joined by "or", conditions by "and". */
export function describeSchemaErrors(errors: readonly ErrorObject[], field: string): FieldViolation[] {
  const byField = new Map<string, { got: unknown; wanted: string[]; branches: boolean }>();
  for (const error of errors) {
    const fault = readFault(error, field);
    const entry = byField.get(fault.field) ?? { got: fault.got, wanted: [], branches: false };
    if (isSumOfBranches(error)) entry.branches = true;
    else if (!entry.wanted.includes(fault.wanted)) entry.wanted.push(fault.wanted);
    byField.set(fault.field, entry);
  }
  return [...byField]
    .filter(([, entry]) => entry.wanted.length > 0)
    .slice(0, MOST_VIOLATIONS)
    .map(([at, { got, wanted, branches }]) => fieldViolation(at, got, wanted.join(branches ? ' or ' : ' and ')));
}

// What each branch wants stands in errors of its own, unless too many branches match.
function isSumOfBranches({ keyword, params }: ErrorObject): boolean {
  if (keyword === 'oneOf') return (params as { passingSchemas: unknown }).passingSchemas === null;
  return keyword === 'anyOf' || keyword === 'if';
}

function readFault(error: ErrorObject, field: string): Fault {
  const at = pathOf(error.instancePath, field);
  const params: Record<string, unknown> = error.params;
  switch (error.keyword) {
    case 'required':
    case 'dependentRequired': {
      const missing = String(params['missingProperty']);
      return { field: joinPath(at, missing), got: undefined, wanted: describeProperty(error, missing) };
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const extra = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
      return {
        field: joinPath(at, extra),
        got: extra,
        wanted: `a known name; ${knownWords(extra, propertiesOf(error))}`,
      };
    }
    case 'type':
      return { field: at, got: error.data, wanted: describeType(params['type']) };
    case 'enum':
      return { field: at, got: error.data, wanted: describeChoice(params['allowedValues'], error.data) };
    case 'const':
      return { field: at, got: error.data, wanted: showValue(params['allowedValue']) };
    case 'format':
      return { field: at, got: error.data, wanted: `text in the format "${String(params['format'])}"` };
    default:
      return { field: at, got: error.data, wanted: (error.message ?? error.keyword).replace(/^must (be |have |)/, '') };
  }
}

/** `/rows/0/na~1me` under `params` is `params.rows[0]["na/me"]`. */
function pathOf(pointer: string, field: string): string {
  const segments = pointer.split('/').slice(1);
  return segments.reduce((path, segment) => {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    return joinPath(path, /^\d+$/.test(key) ? Number(key) : key);
  }, field);
}

function propertiesOf(error: ErrorObject): string[] {
  const properties: unknown = error.parentSchema?.['properties'];
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

function describeProperty(error: ErrorObject, name: string): string {
  const properties: unknown = error.parentSchema?.['properties'];
  if (typeof properties !== 'object' || properties === null) return 'a value';
  const schema: unknown = (properties as Record<string, unknown>)[name];
  if (typeof schema !== 'object' || schema === null) return 'a value';
  const { type, description } = schema as { type?: unknown; description?: unknown };
  const what = type === undefined ? 'a value' : describeType(type);
  return typeof description === 'string' ? `${what} (${description})` : what;
}

function describeType(type: unknown): string {
  const names = Array.isArray(type) ? type.map(String) : String(type).split(',');
  return names
    .map((name) => {
      if (name === 'null') return 'null';
      if (name === 'array') return 'a list';
      return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
    })
    .join(' or ');
}

function describeChoice(allowed: unknown, got: unknown): string {
  const values = Array.isArray(allowed) ? allowed : [];
  if (typeof got === 'string' && values.every((value) => typeof value === 'string')) {
    return `one of its values; ${knownWords(got, values)}`;
  }
  return `one of ${values.map(showValue).join(', ')}`;
}
