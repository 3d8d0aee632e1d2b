import type { PeerCertificate } from 'node:tls';
import { expect, test } from 'vitest';
import { certificateName } from './certificate-name.ts';

const subject = (fields: object) => ({ subject: fields as PeerCertificate['subject'] });

test('a certificate is known by its common name, else by what tells it from all others', () => {
  const rest = { subjectaltname: 'URI:spiffe://example/a', fingerprint256: 'AB:CD' };
  expect(certificateName({ ...subject({ CN: 'robot' }), ...rest })).toBe('robot');
  expect(certificateName({ ...subject({ O: 'Example' }), ...rest })).toBe('san URI:spiffe://example/a');
  expect(certificateName({ ...subject({ CN: ['a', 'b'] }), ...rest })).toBe('san URI:spiffe://example/a');
  expect(certificateName({ ...subject({}), fingerprint256: 'AB:CD' })).toBe('sha256 AB:CD');
  expect(certificateName({})).toBeNull();
  expect(certificateName(undefined)).toBeNull();
});
