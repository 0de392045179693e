import type { Server } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { DESCRIPTOR_IMAGE } from '@taskflow/proto';

/** Lets tools such as grpcurl list and call everything without the .proto files. */
export function addReflection(server: Server): void {
  const reflected = loadFileDescriptorSetFromBuffer(Buffer.from(DESCRIPTOR_IMAGE), { keepCase: true });
  new ReflectionService(reflected).addToServer(server);
}
