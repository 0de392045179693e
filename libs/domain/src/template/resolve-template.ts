import { knownWords } from '../error/did-you-mean.js';
import { InvalidInput, showValue } from '../error/invalid-input.js';
import { joinPath, type JsonObject, type JsonValue } from '../json.js';
import { parseTemplate, type TemplateReference } from './parse-template.js';

/** What the references in a template can reach. */
export interface TemplateScope {
  readonly params: JsonObject;
  /** By the key of the task within its workflow. */
  readonly tasks?: Readonly<Record<string, { readonly output: JsonValue }>>;
  /** Facts of the workflow instance: `id`, `scheduled_for`… */
  readonly run: JsonObject;
}

/**
 * A copy of `value` in which every reference is replaced. A text that is one reference and nothing else becomes the referenced value
 * itself, whatever its type; within a longer text, values other than text are written as JSON. Names of fields are left alone.
 *
 * @throws InvalidInput naming the field, the reference, and what exists where it ends
 */
export function resolveTemplates(value: JsonValue, scope: TemplateScope, field = 'params'): JsonValue {
  return mapTexts(value, field, (text, at) => {
    const parts = parseTemplate(text, at);
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && typeof only !== 'string') return lookUp(only, scope, at);
    return parts.map((part) => (typeof part === 'string' ? part : toText(part, scope, at))).join('');
  });
}

/** A task whose output is referenced, and the field that does so. */
export interface TaskReference {
  readonly key: string;
  readonly field: string;
}

/**
 * The tasks whose outputs `value` references, in order of appearance.
 *
 * @throws InvalidInput when a template in it cannot be read
 */
export function referencedTasks(value: JsonValue, field = 'params'): TaskReference[] {
  const found: TaskReference[] = [];
  mapTexts(value, field, (text, at) => {
    for (const part of parseTemplate(text, at)) {
      if (typeof part !== 'string' && part.root === 'tasks') found.push({ key: String(part.path[0]), field: at });
    }
    return text;
  });
  return found;
}

function mapTexts(value: JsonValue, field: string, map: (text: string, field: string) => JsonValue): JsonValue {
  if (typeof value === 'string') return map(value, field);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item, index) => mapTexts(item, joinPath(field, index), map));
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, mapTexts(child, joinPath(field, key), map)]),
  );
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function toText(reference: TemplateReference, scope: TemplateScope, field: string): string {
  const value = lookUp(reference, scope, field);
  if (value === null) throw unresolved(reference, field, 'is null, wanted a value to write into the text');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function lookUp(reference: TemplateReference, scope: TemplateScope, field: string): JsonValue {
  let value: unknown = scope[reference.root] ?? {};
  let walked: string = reference.root;
  for (const step of reference.path) {
    const key = String(step);
    if (typeof value !== 'object' || value === null) {
      throw unresolved(reference, field, `does not exist: ${walked} is ${showValue(value)}, with nothing in it`);
    }
    if (!Object.hasOwn(value, key) || (Array.isArray(value) && !/^\d+$/.test(key))) {
      const hint = Array.isArray(value) ? `a list of ${value.length}` : knownWords(key, Object.keys(value));
      throw unresolved(reference, field, `does not exist: in ${walked}, ${hint}`);
    }
    value = (value as Record<string, unknown>)[key];
    walked = joinPath(walked, step);
  }
  return value as JsonValue;
}

function unresolved(reference: TemplateReference, field: string, fault: string): InvalidInput {
  const got = `{{ ${reference.source} }}`;
  const description = `${field}: ${got} ${fault}`;
  return InvalidInput.of('the template', [{ field, got, wanted: 'a reference to a value that exists', description }]);
}
