const [HEADER, FOOTER, COLUMNS] = [
  '-----BEGIN CERTIFICATE REQUEST-----\n',
  '-----END CERTIFICATE REQUEST-----\n',
  64,
] as const;

/**
 * What base64 of a certificate request's PEM begins with, whatever follows the given bytes. Bytes that share a group of
 * base64 with what follows are left out: up to two of DER, and up to two characters of PEM.
 */
export function requestStart(start: Buffer): string {
  const body = base64OfWholeGroups(start).match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [];
  return base64OfWholeGroups(Buffer.from(HEADER + body.join('\n')));
}

/** Length of base64 of a certificate request's PEM whose DER has so many bytes. */
export function requestLength(bytes: number): number {
  const body = base64Length(bytes);
  return base64Length(HEADER.length + body + Math.ceil(body / COLUMNS) + FOOTER.length);
}

function base64OfWholeGroups(bytes: Buffer): string {
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
}

function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}
