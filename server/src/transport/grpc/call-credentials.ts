import { certificateName } from '../../auth/certificate-name.ts';
import type { Credentials } from '../../auth/principal.ts';
import type { BytesCall } from './grpc-transport.ts';

/** What the caller showed in its metadata. */
export function callCredentials(call: BytesCall): Credentials {
  const { metadata } = call;
  const [authorization] = metadata.get('authorization');
  return {
    transport: 'grpc',
    authorization: authorization === undefined ? undefined : String(authorization),
    host: call.getHost(),
    address: addressOf(call.getPeer()),
    forwardedFor: metadata.get('x-forwarded-for').join(','),
    certificateName: certificateName(call.getAuthContext().sslPeerCertificate),
  };
}

/** `127.0.0.1:4711` or `::1:4711` without its port. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
