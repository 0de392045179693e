/** What an answer must hold. @throws Error when the api has left it out */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the api's answer lacks ${what}; is it as new as this command line?`);
  return value;
}
