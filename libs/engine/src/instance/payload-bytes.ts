/** Bytes of what an instance was given and what came of it. */
export function payloadBytes({ params, output }: { readonly params: string; readonly output: string | null }): number {
  return Buffer.byteLength(params) + (output === null ? 0 : Buffer.byteLength(output));
}
