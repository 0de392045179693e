/** The token that the process was given for the api; none where it is empty. */
export function environmentToken(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  return environment['TASKFLOW_TOKEN']?.trim() || undefined;
}
