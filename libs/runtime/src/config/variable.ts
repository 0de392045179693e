import type { z } from 'zod';

/** One environment variable: how it is read, what it means, what it is when absent. */
export interface Variable<T> {
  /** `TASKFLOW_…`, or a name that another standard fixes (`OTEL_EXPORTER_OTLP_ENDPOINT`). */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly description: string;
  /** The default as a user would write it; empty when there is none. */
  readonly defaultText: string;
  /** Never printed, in logs or in errors. */
  readonly secret: boolean;
}

export function variable<T>(
  name: string,
  schema: z.ZodType<T>,
  description: string,
  options: { readonly defaultText?: string; readonly secret?: boolean } = {},
): Variable<T> {
  return {
    name,
    schema,
    description,
    defaultText: options.defaultText ?? '',
    secret: options.secret ?? false,
  };
}

/** Variables that belong together, by the property that code reads them under. */
export type Fragment = Readonly<Record<string, Variable<unknown>>>;

export type FragmentValues<F extends Fragment> = {
  readonly [K in keyof F]: F[K] extends Variable<infer T> ? T : never;
};
