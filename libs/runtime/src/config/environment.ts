export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. Only here is it read. */
export function processEnvironment(): Environment {
  return process.env;
}
