import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  fromBinary,
  getExtension,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  type FileRegistry,
  type Message,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** The project's own services and messages, read from a `buf build` image. */
export type Contract = {
  services: DescService[];
  messages: DescMessage[];
  httpRule(method: DescMethod): HttpRule | undefined;
};

export type HttpRule = { httpMethod: string; path: string; body: string };

type HttpRuleMessage = Message & { pattern: { case: string; value: unknown }; body: string };

export function readContract(imagePath: string): Contract {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(imagePath)));
  const own = [...registry.files].filter((file) => file.proto.package.startsWith('taskflow.'));
  return {
    services: own.flatMap((file) => file.services),
    messages: own.flatMap((file) => file.messages),
    httpRule: (method) => httpRule(registry, method),
  };
}

function httpRule(registry: FileRegistry, method: DescMethod): HttpRule | undefined {
  const http = registry.getExtension('google.api.http');
  if (!http || !method.proto.options) return undefined;
  const { pattern, body } = getExtension(method.proto.options, http) as HttpRuleMessage;
  if (!pattern.case) return undefined;
  return { httpMethod: pattern.case.toUpperCase(), path: String(pattern.value), body };
}

/** Leading comment of a declaration as written, one line per line; empty when it has none. */
export function commentOf(desc: DescService | DescMethod | DescMessage | DescField): string {
  const { file, path } = locate(desc);
  const wanted = path.join('.');
  const location = file.proto.sourceCodeInfo?.location.find((candidate) => candidate.path.join('.') === wanted);
  return (location?.leadingComments ?? '')
    .split('\n')
    .map((line) => line.replace(/^ /, '').trimEnd())
    .join('\n')
    .trim();
}

// The numbers are those of the fields of FileDescriptorProto and of its parts (google/protobuf/descriptor.proto).
function locate(desc: DescService | DescMethod | DescMessage | DescField): { file: DescFile; path: number[] } {
  switch (desc.kind) {
    case 'service':
      return { file: desc.file, path: [6, desc.file.services.indexOf(desc)] };
    case 'rpc':
      return { file: desc.parent.file, path: [...locate(desc.parent).path, 2, desc.parent.methods.indexOf(desc)] };
    case 'message':
      return { file: desc.file, path: [4, desc.file.messages.indexOf(desc)] };
    case 'field':
      return { file: desc.parent.file, path: [...locate(desc.parent).path, 2, desc.parent.fields.indexOf(desc)] };
  }
}
