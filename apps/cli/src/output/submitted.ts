import type { Format } from './print.js';

/** The id on stdout, so that a script can take it; what to do with it on stderr. */
export function printSubmitted(
  format: Format,
  answer: { readonly id: string; readonly created: boolean },
  what: string,
  next: string,
): void {
  if (format === 'json' || format === 'jsonl') {
    console.log(JSON.stringify({ id: answer.id, created: answer.created }));
    return;
  }
  console.log(answer.id);
  if (format === 'name') return;
  console.error(`${answer.created ? 'Queued' : 'There already:'} ${what} as instance ${answer.id}. Follow it: ${next}`);
}
