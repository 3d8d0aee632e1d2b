/** Certificates for tests, made on the spot: X.509 (RFC 5280) in DER, signed with keys on P-256. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  readonly name: string;
  readonly privateKey: KeyObject;
  /** PEM */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** Who signs; absent for itself, as an authority. */
  readonly issuer?: Certificate;
  readonly notAfter?: Date;
}

const ecdsaWithSha256 = '06082a8648ce3d040302';
const commonName = '0603550403';
const basicConstraints = '0603551d13';
const subjectAltName = '0603551d11';

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const octets = (body: Uint8Array): Buffer => der(0x04, body);
const bits = (body: Uint8Array): Buffer => der(0x03, Buffer.from([0]), body);
const yes = hex('0101ff');

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(hex(commonName), der(0x0c, Buffer.from(text)))));
}

/** UTCTime: YYMMDDHHMMSSZ */
function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

/** A certificate for `localhost` and 127.0.0.1, or of a client, or of an authority. */
export function makeCertificate(
  name: string,
  { issuer, notAfter = new Date(Date.now() + 86_400_000) }: CertificateOptions = {},
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(hex(ecdsaWithSha256));
  const hosts = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = [
    sequence(hex(basicConstraints), yes, octets(issuer ? sequence() : sequence(yes))),
    sequence(hex(subjectAltName), octets(hosts)),
  ];
  const body = sequence(
    der(0xa0, hex('020102')),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(time(new Date(Date.now() - 2 * 86_400_000)), time(notAfter)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const base64 = sequence(body, algorithm, bits(signature)).toString('base64');
  return {
    name,
    privateKey,
    cert: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
