/** The certificate of the server for gRPC, which shares it with WebSocket and HTTP and takes a new one as they do. */
import { experimental, ServerCredentials } from '@grpc/grpc-js';
import type { TlsFiles, TlsMaterial } from './tls-files.ts';

type Provider = experimental.CertificateProvider;
type IdentityListener = experimental.IdentityCertificateUpdateListener;
type AuthorityListener = experimental.CaCertificateUpdateListener;

/** @param tls null for connections in the clear */
export function grpcCredentials(tls: TlsFiles | null): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const provider = new TlsFilesProvider(tls);
  return experimental.createCertificateProviderServerCredentials(
    provider,
    tls.asksClients ? provider : null,
    tls.asksClients,
  );
}

class TlsFilesProvider implements Provider {
  readonly #tls: TlsFiles;
  readonly #ends = new Map<IdentityListener | AuthorityListener, () => void>();

  constructor(tls: TlsFiles) {
    this.#tls = tls;
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#follow(listener, ({ cert, key }) =>
      listener({ certificate: Buffer.from(cert), privateKey: Buffer.from(key) }),
    );
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#end(listener);
  }

  addCaCertificateListener(listener: AuthorityListener): void {
    this.#follow(listener, ({ ca }) =>
      listener(ca === undefined ? null : { caCertificate: Buffer.from(ca) }),
    );
  }

  removeCaCertificateListener(listener: AuthorityListener): void {
    this.#end(listener);
  }

  /** Tells later, because the library listens to itself only once it has asked. */
  #follow(listener: IdentityListener | AuthorityListener, tell: (material: TlsMaterial) => void): void {
    const end = this.#tls.follow((material) => queueMicrotask(() => tell(material)));
    this.#ends.set(listener, end);
  }

  #end(listener: IdentityListener | AuthorityListener): void {
    this.#ends.get(listener)?.();
    this.#ends.delete(listener);
  }
}
