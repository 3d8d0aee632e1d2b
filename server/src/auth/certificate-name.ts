/** Who a client certificate is of. */
import type { PeerCertificate } from 'node:tls';

/**
 * The common name; else the alternative names, which stay when a certificate is renewed; else its fingerprint, so that
 * two callers are never taken for one.
 * @returns null where no certificate was shown
 */
export function certificateName(certificate: Partial<PeerCertificate> | undefined): string | null {
  const commonName: unknown = certificate?.subject?.CN;
  if (typeof commonName === 'string' && commonName !== '') return commonName;
  if (certificate?.subjectaltname) return `san ${certificate.subjectaltname}`;
  return certificate?.fingerprint256 ? `sha256 ${certificate.fingerprint256}` : null;
}
