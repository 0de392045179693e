/** One thing that a destination needs, and whether it is so. */
export interface CheckItem {
  readonly what: string;
  /** `unproven`: it cannot be found out without doing it. */
  readonly state: 'ok' | 'failed' | 'unproven';
  /** What was found; of what failed, what is wrong and what to do. */
  readonly told: string;
}

/** Looks at one thing; what `look` throws is what is wrong, and `todo` says what to do about it. */
export async function checkItem(what: string, todo: string, look: () => Promise<string>): Promise<CheckItem> {
  try {
    return { what, state: 'ok', told: await look() };
  } catch (error) {
    return { what, state: 'failed', told: `${messageOf(error)}; ${todo}` };
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message, name } = error;
  const said = message.trim() === '' ? name : message;
  return (cause instanceof Error ? `${said}: ${cause.message}` : said).split('\n')[0]?.slice(0, 500) ?? '';
}
