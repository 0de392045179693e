import { TaskflowError, type TaskflowErrorOptions } from './taskflow-error.js';

/** One thing that is wrong with the input, said so that it can be mended without reading the code. */
export interface FieldViolation {
  /** Path of the field as the caller wrote it: `tasks[2].depends_on[0]`; empty for the input as a whole. */
  readonly field: string;
  /** What was found there, shortened; absent when nothing was there. */
  readonly got?: string;
  /** What would be accepted. */
  readonly wanted: string;
  /** The whole sentence for people. */
  readonly description: string;
}

const NAMED_IN_MESSAGE = 3;
const SHOWN_LENGTH = 80;

/** The input cannot be accepted as it is; sending it again will fail again. */
export class InvalidInput extends TaskflowError {
  override readonly kind = 'InvalidInput';
  override readonly retryable = false;
  readonly violations: readonly FieldViolation[];

  constructor(message: string, violations: readonly FieldViolation[] = [], options: TaskflowErrorOptions = {}) {
    super(message, 'INVALID_INPUT', options);
    this.violations = violations;
  }

  /** Of one subject (`task "load"`), with its first faults in the message and all of them in `violations`. */
  static of(subject: string, violations: readonly FieldViolation[], options: TaskflowErrorOptions = {}): InvalidInput {
    const named = violations.slice(0, NAMED_IN_MESSAGE).map((violation) => violation.description);
    const rest = violations.length - named.length;
    const more = rest > 0 ? `; and ${rest} more` : '';
    return new InvalidInput(`${subject} cannot be accepted: ${named.join('; ')}${more}`, violations, options);
  }
}

/** Builds a violation whose description is made of its parts: `retries: got -1, wanted an integer ≥ 0`. */
export function fieldViolation(field: string, got: unknown, wanted: string): FieldViolation {
  const place = field === '' ? 'the input' : field;
  if (got === undefined) {
    return { field, wanted, description: `${place}: is missing, wanted ${wanted}` };
  }
  const shown = showValue(got);
  return { field, got: shown, wanted, description: `${place}: got ${shown}, wanted ${wanted}` };
}

/** A value in at most a line: strings quoted, long ones cut, objects and lists named by their kind. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > SHOWN_LENGTH
      ? `${JSON.stringify(value.slice(0, SHOWN_LENGTH))}… (${value.length} characters)`
      : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  return String(value);
}
