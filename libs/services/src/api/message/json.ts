import { InvalidInput, fieldViolation } from '@taskflow/domain';

/** The value of a field that carries JSON text; undefined when it is empty. */
export function readJson(text: string, field: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw InvalidInput.of('the request', [
      { ...fieldViolation(field, text, 'JSON'), description: `${field}: is not JSON: ${cause}` },
    ]);
  }
}
