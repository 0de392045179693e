/** A call that has no answer after this long fails with exit code 7. */
export const CALL_LIMIT = { timeoutMs: 30_000 };
