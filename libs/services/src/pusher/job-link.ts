import type { ExternalRef } from '@taskflow/destinations';
import type { Holder } from './holder.js';

/**
 * An address where a person sees a job: by the destination's `link`, in which `{name}`, `{id}` and what its scope names, such as
 * `{namespace}` or `{queue}`, stand for those; else the destination's own. Pure.
 */
export function linkFor({ destination, config }: Holder): (ref: ExternalRef) => string | undefined {
  const { link } = config;
  if (link === undefined) return (ref) => destination.logLink?.(ref);
  return ({ externalName: name, externalId: id, scope }) => {
    const known: Readonly<Record<string, unknown>> = { ...scope, name, id };
    return link.replace(/\{(\w+)\}/g, (whole, key: string) =>
      Object.hasOwn(known, key) ? encodeURIComponent(String(known[key])) : whole,
    );
  };
}
