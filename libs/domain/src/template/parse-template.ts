import { InvalidInput, showValue, type FieldViolation } from '../error/invalid-input.js';

/** `{{ tasks.extract.output.rows[0] }}` read into its path. */
export interface TemplateReference {
  /** As written, without the braces. */
  readonly source: string;
  readonly root: TemplateRoot;
  /** What follows the root: names and list positions, never empty. */
  readonly path: readonly (string | number)[];
}

type TemplateRoot = 'params' | 'tasks' | 'run';

export type TemplatePart = string | TemplateReference;

const OPEN = '{{';
const CLOSE = '}}';
const STEP = /^(?:\.(?<name>[\w-]+)|\[(?<index>\d{1,9})\]|\[(?<quoted>"(?:[^"\\]|\\.)*")\])/;
const ROOT = /^(?<root>params|tasks|run)(?=[.[])/;
const WANTED =
  '{{ params.NAME }}, {{ tasks.KEY.output }} or {{ run.NAME }} with further .NAME, [0] or ["a name"]; \\{{ writes braces as they are';

/**
 * Splits a text into literal pieces and references. A backslash before `{{` leaves the braces in the text.
 *
 * @throws InvalidInput naming `field`, what was found and the forms that exist
 */
export function parseTemplate(text: string, field: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf(OPEN, at);
    if (open === -1) break;
    if (text[open - 1] === '\\') {
      literal += text.slice(at, open - 1) + OPEN;
      at = open + OPEN.length;
      continue;
    }
    literal += text.slice(at, open);
    const close = text.indexOf(CLOSE, open);
    if (close === -1) throw malformed(field, text.slice(open), 'has no closing }}');
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(parseReference(text.slice(open + OPEN.length, close).trim(), field));
    at = close + CLOSE.length;
  }
  literal += text.slice(at);
  if (literal !== '') parts.push(literal);
  return parts;
}

function parseReference(source: string, field: string): TemplateReference {
  const root = ROOT.exec(source)?.groups?.['root'] as TemplateRoot | undefined;
  if (root === undefined) throw malformed(field, `{{ ${source} }}`, 'is no reference');
  const path: (string | number)[] = [];
  let rest = source.slice(root.length);
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (match?.groups === undefined)
      throw malformed(field, `{{ ${source} }}`, `cannot be read from ${showValue(rest)}`);
    path.push(stepOf(match.groups));
    rest = rest.slice(match[0].length);
  }
  if (root === 'tasks' && path[1] !== 'output') {
    throw malformed(field, `{{ ${source} }}`, 'names no output of a task');
  }
  return { source, root, path };
}

function stepOf({ name, index, quoted }: Record<string, string | undefined>): string | number {
  if (index !== undefined) return Number(index);
  if (quoted !== undefined) return unquote(quoted);
  return name ?? '';
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, '$1');
}

function malformed(field: string, got: string, fault: string): InvalidInput {
  const violation: FieldViolation = {
    field,
    got: showValue(got),
    wanted: WANTED,
    description: `${field}: ${showValue(got)} ${fault}, wanted ${WANTED}`,
  };
  return InvalidInput.of('the template', [violation]);
}
