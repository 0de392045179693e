import { usage } from '../failure/command-failure.js';

/** The documents of a YAML (or JSON) text. @throws CommandFailure with line, column and the line itself */
export async function parseYaml(name: string, text: string): Promise<unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, { prettyErrors: true });
  if (!Array.isArray(documents)) return [];
  for (const { errors } of documents) {
    const [error] = errors;
    if (error !== undefined) throw usage(`${name} is not valid YAML: ${error.message.trim()}`);
  }
  try {
    return documents.map((document): unknown => document.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    throw usage(`${name} is not valid YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}
