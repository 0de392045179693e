import { REST_MESSAGES, type RestField } from '@taskflow/proto';
import { fieldsOf } from './read-message.js';

type Message = Readonly<Record<string, unknown>>;

interface DurationMessage {
  readonly seconds: bigint;
  readonly nanos: number;
}

/**
 * The JSON text of a message. Fields of JSON text are put in as they are, so that no number in them is rounded. Numbers, booleans and
 * lists always appear; empty texts and absent messages are left out.
 */
export function writeMessage(type: string, message: unknown): string {
  const parts: string[] = [];
  for (const [name, field] of Object.entries(fieldsOf(type))) {
    const text = writeField(field, valueOf(field, message as Message));
    if (text !== undefined) parts.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

function valueOf(field: RestField, message: Message): unknown {
  if (field.oneof === undefined) return message[field.property];
  const chosen = message[field.oneof] as { $case: string; value: unknown } | undefined;
  return chosen?.$case === field.property ? chosen.value : undefined;
}

function writeField(field: RestField, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (field.jsonText) return value as string;
  if (field.repeated) return `[${(value as unknown[]).map((item) => writeValue(field.type, item)).join(',')}]`;
  if (!field.map) return writeValue(field.type, value);
  const entries = Object.entries(value as Message);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${writeValue(field.type, item)}`).join(',')}}`;
}

function writeValue(type: string, value: unknown): string {
  if (Object.hasOwn(REST_MESSAGES, type)) return writeMessage(type, value);
  if (type === 'google.protobuf.Duration') return JSON.stringify(writeDuration(value as DurationMessage));
  return JSON.stringify(typeof value === 'bigint' ? String(value) : value);
}

function writeDuration({ seconds, nanos }: DurationMessage): string {
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${seconds}${fraction}s`;
}
