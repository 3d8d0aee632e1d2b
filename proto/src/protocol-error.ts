/** What a peer said that the protocol does not allow. Packages that know the error list turn it into their own error. */
export class ProtocolError extends Error {
  readonly code: 'bad_parameter' | 'bad_message';

  constructor(code: 'bad_parameter' | 'bad_message', message: string) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
  }
}
