/** Whether a write was refused since another pusher has the destination by now. */
export function isNotHolder(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === 'NOT_HOLDER';
}
