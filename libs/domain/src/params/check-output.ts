import { checkedJson } from '../json.js';

/** Largest output of a task that is stored with its instance, in bytes of JSON. */
const MAX_OUTPUT_BYTES = 256 * 1024;

/**
 * The JSON text of a task's output; `undefined` is `null`.
 *
 * @throws InvalidInput when it is not JSON, or with reason `OUTPUT_TOO_LARGE`; nothing is ever cut off
 */
export function checkOutput(output: unknown): string {
  return checkedJson(output ?? null, {
    subject: 'the output',
    field: 'output',
    maxBytes: MAX_OUTPUT_BYTES,
    advice: 'write it to a file or object store and return its address',
    tooLarge: 'OUTPUT_TOO_LARGE',
  });
}
