import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { commentOf, type Contract } from './descriptor.ts';

const HEADER = `/** A field of a message as REST shows it, under its JSON name. */
export type RestField = {
  /** Name in the .proto file. */
  proto: string;
  /** A scalar type of proto3 ('string', 'int32', 'int64', 'bool' …) or the full name of a message. */
  type: string;
  repeated: boolean;
  map: boolean;
  /** The proto field is a string that holds JSON text; REST carries the JSON itself. */
  jsonText: boolean;
  /** Name of the property that ts-proto gave the field. */
  property: string;
  /** Name of the property that holds the oneof which the field is a member of. */
  oneof?: string;
};

/** Encodes and decodes one message type; what ts-proto generates for it. */
export type MessageCodec = { fromJSON(object: unknown): unknown; toJSON(message: unknown): unknown };

/** One RPC as REST serves it (google.api.http). */
export type HttpRoute = {
  /** Full name of the service, for example taskflow.v1.InstanceService. */
  service: string;
  /** Name of the method as ts-proto's service definition has it, for example getTaskInstance. */
  method: string;
  httpMethod: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path template with {field} parameters and an optional :verb at its end. */
  path: string;
  /** JSON names of the fields that the path carries. */
  pathFields: readonly string[];
  /** '*' when the request body is the message; '' when the query string carries the remaining fields. */
  body: string;
  requestType: string;
  responseType: string;
  request: MessageCodec;
  response: MessageCodec;
  requestStream: boolean;
  responseStream: boolean;
  comment: string;
};
`;

/** Source of gen/http-routes.ts: HTTP_ROUTES, one per RPC with an HTTP rule, and REST_MESSAGES, every message by full name. */
export function httpRoutesSource(contract: Contract): string {
  const imports = new Map<string, Set<string>>();
  const codec = (message: DescMessage) => {
    const names = imports.get(message.file.name) ?? new Set();
    imports.set(message.file.name, names.add(message.name));
    return message.name;
  };
  const routes = contract.services.flatMap((service) =>
    service.methods.flatMap((method) => {
      const rule = contract.httpRule(method);
      if (!rule) return [];
      const fields = {
        service: service.typeName,
        method: method.localName,
        httpMethod: rule.httpMethod,
        path: rule.path,
        pathFields: pathFields(rule.path).map((name) => restName(fieldNamed(method.input, name))),
        body: rule.body,
        requestType: method.input.typeName,
        responseType: method.output.typeName,
        requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
        responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
        comment: commentOf(method),
      };
      return [
        `  { ...${JSON.stringify(fields)}, request: ${codec(method.input)}, response: ${codec(method.output)} },`,
      ];
    }),
  );
  const messages = contract.messages.map((message) => {
    const fields = Object.fromEntries(message.fields.map((field) => [restName(field), restField(field)]));
    return `  ${JSON.stringify(message.typeName)}: ${JSON.stringify(fields)},`;
  });
  return [
    ...[...imports].map(([file, names]) => `import { ${[...names].sort().join(', ')} } from './${file}.js';`),
    '',
    HEADER,
    'export const HTTP_ROUTES: readonly HttpRoute[] = [',
    ...routes,
    '];',
    '',
    'export const REST_MESSAGES: Readonly<Record<string, Readonly<Record<string, RestField>>>> = {',
    ...messages,
    '};',
    '',
  ].join('\n');
}

export function pathFields(path: string): string[] {
  return [...path.matchAll(/\{([a-z_.]+)(?:=[^}]*)?\}/g)].map((match) => match[1] as string);
}

export function fieldNamed(message: DescMessage, name: string): DescField {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (!field) throw new Error(`${message.typeName} has no field ${name}, which an HTTP path names`);
  return field;
}

/** A string field whose name ends in _json carries JSON text. */
export function isJsonText(field: DescField): boolean {
  return field.name.endsWith('_json') && field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING;
}

export function restName(field: DescField): string {
  return isJsonText(field) ? field.jsonName.replace(/Json$/, '') : field.jsonName;
}

function restField(field: DescField) {
  return {
    proto: field.name,
    type: typeName(field),
    repeated: field.fieldKind === 'list',
    map: field.fieldKind === 'map',
    jsonText: isJsonText(field),
    property: field.jsonName,
    ...(field.oneof && { oneof: field.oneof.localName }),
  };
}

function typeName(field: DescField): string {
  if (field.message) return field.message.typeName;
  if (field.enum) return field.enum.typeName;
  return ScalarType[field.scalar as ScalarType].toLowerCase();
}
