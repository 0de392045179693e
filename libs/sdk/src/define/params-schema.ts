/** A JSON Schema (draft 2020-12) as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema object of zod (4.2 or newer), valibot, arktype or any other library that follows Standard JSON Schema. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>;
    };
  };
}

export type ParamsSchema = JsonSchema | StandardSchema;

/** What a handler receives: defaults are filled in. */
export type ParamsOf<S> =
  S extends StandardSchema<infer _Input, infer Output>
    ? Output
    : S extends JsonSchema
      ? FromSchema<S, 'filled'>
      : never;

/** What a submission gives: what has a default may be left out. */
export type GivenParamsOf<S> =
  S extends StandardSchema<infer Input, infer _Output> ? Input : S extends JsonSchema ? FromSchema<S, 'given'> : never;

type Side = 'given' | 'filled';

/** The values that a JSON Schema describes, as far as types can say it. */
type FromSchema<S, D extends Side> = string extends keyof S
  ? Record<string, unknown>
  : S extends { readonly const: infer C }
    ? C
    : S extends { readonly enum: readonly (infer E)[] }
      ? E
      : S extends { readonly anyOf: readonly (infer A)[] }
        ? Each<A, D>
        : S extends { readonly oneOf: readonly (infer A)[] }
          ? Each<A, D>
          : S extends { readonly type: readonly (infer T)[] }
            ? OfType<T, S, D>
            : S extends { readonly type: infer T }
              ? OfType<T, S, D>
              : S extends { readonly properties: unknown }
                ? OfType<'object', S, D>
                : unknown;

type Each<A, D extends Side> = A extends unknown ? FromSchema<A, D> : never;

type OfType<T, S, D extends Side> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'array'
          ? S extends { readonly items: infer I }
            ? FromSchema<I, D>[]
            : unknown[]
          : T extends 'object'
            ? S extends { readonly properties: infer P }
              ? ObjectOf<P, PresentKeys<P, S, D>, D>
              : Record<string, unknown>
            : unknown;

type ObjectOf<P, K extends keyof P, D extends Side> = Flat<
  { -readonly [N in K]: FromSchema<P[N], D> } & { -readonly [N in Exclude<keyof P, K>]?: FromSchema<P[N], D> }
>;

type PresentKeys<P, S, D extends Side> = D extends 'filled'
  ? RequiredKeys<P, S> | DefaultedKeys<P>
  : Exclude<RequiredKeys<P, S>, DefaultedKeys<P>>;

type RequiredKeys<P, S> = S extends { readonly required: readonly (infer R)[] } ? Extract<R, keyof P> : never;

type DefaultedKeys<P> = { [K in keyof P]: P[K] extends { readonly default: unknown } ? K : never }[keyof P];

type Flat<T> = { [K in keyof T]: T[K] };

/**
 * The JSON Schema that is stored with a definition.
 *
 * @throws TypeError when the schema's library cannot describe itself as JSON Schema
 */
export function jsonSchemaOf(schema: ParamsSchema): JsonSchema {
  if (!isStandard(schema)) return schema;
  const { vendor, jsonSchema } = schema['~standard'];
  if (jsonSchema === undefined) {
    throw new TypeError(
      `params: this version of ${vendor} cannot describe itself as JSON Schema; update it (zod from 4.2 on can), or give a JSON Schema`,
    );
  }
  const { $schema: _dialect, ...described } = jsonSchema.input({ target: 'draft-2020-12' });
  return described;
}

function isStandard(schema: ParamsSchema): schema is StandardSchema {
  return '~standard' in schema;
}
