/** A gRPC client that knows nothing of a server but reflection (grpc.reflection.v1), as `grpcurl` and Postman do. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';

interface ReflectionAnswer {
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
}

const require = createRequire(import.meta.url);
const protoFile = join(
  dirname(require.resolve('@grpc/reflection')),
  '../proto/grpc/reflection/v1/reflection.proto',
);

export class ReflectingClient {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  async services(): Promise<string[]> {
    const { list_services_response } = await this.#ask({ list_services: '*' });
    return list_services_response!.service.map(({ name }) => name);
  }

  /** A client of the service, from the description that the server gives of it. */
  async clientOf<T extends Client>(service: string): Promise<T> {
    const { file_descriptor_response } = await this.#ask({ file_containing_symbol: service });
    const files = file_descriptor_response!.file_descriptor_proto;
    const options = { keepCase: true, enums: String, longs: Number, defaults: true, oneofs: true };
    const described = loadFileDescriptorSetFromBuffer(setOf(files), options);
    return new (find(loadPackageDefinition(described), service))(
      this.#address,
      credentials.createInsecure(),
    ) as unknown as T;
  }

  #ask(request: object): Promise<ReflectionAnswer> {
    const loaded = loadPackageDefinition(loadSync(protoFile, { keepCase: true, oneofs: true }));
    const Service = find(loaded, 'grpc.reflection.v1.ServerReflection');
    const client = new Service(this.#address, credentials.createInsecure());
    const call = client.ServerReflectionInfo!();
    return new Promise((resolve, reject) => {
      call.on('error', reject);
      call.on('data', (answer: ReflectionAnswer) => {
        resolve(answer);
        call.end();
        client.close();
      });
      call.write(request);
    });
  }
}

function find(root: GrpcObject, path: string): ServiceClientConstructor {
  let found: unknown = root;
  for (const name of path.split('.')) found = (found as Record<string, unknown>)[name];
  return found as ServiceClientConstructor;
}

/** A `google.protobuf.FileDescriptorSet`: field 1, repeated. */
function setOf(files: readonly Buffer[]): Buffer {
  const parts = files.flatMap((file) => {
    const length: number[] = [];
    for (let rest = file.length; ; rest >>>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    return [Buffer.from([0x0a, ...length]), file];
  });
  return Buffer.concat(parts);
}
