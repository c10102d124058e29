const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const DNS_LABEL = new RegExp(`^(?=.{1,63}$)${LABEL}$`);
const DNS_SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
const PORT_NAME = /^(?=.{1,63}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/;
const HOST_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';

/** Whether a text is a DNS label (RFC 1123), as the name of a namespace has to be. */
export function isDnsLabel(text: string): boolean {
  return DNS_LABEL.test(text);
}

/** Whether a text is a DNS subdomain (RFC 1123), as the names of most objects have to be. */
export function isDnsSubdomain(text: string): boolean {
  return DNS_SUBDOMAIN.test(text);
}

/** Whether a text can be the name of a Service's port. */
export function isPortName(text: string): boolean {
  return PORT_NAME.test(text);
}

/**
 * Whether a text can be one segment of a URL's path as it is: the API server accepts no other name of any object. Control
 * characters, which only some kinds reject, are not accepted either.
 */
export function isPathSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !/[/\\%\p{Cc}]/u.test(text);
}

/** Whether a text is an apiVersion: `VERSION` or `GROUP/VERSION`. */
export function isApiVersion(text: string): boolean {
  const [version = '', group, ...more] = text.split('/').reverse();
  return isDnsLabel(version) && (group === undefined || isDnsSubdomain(group)) && more.length === 0;
}

/** Whether a value is the number of a TCP port. */
export function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

/** A host name in a URL or an image reference, in either case: the source of a regular expression. */
export const HOST_NAME = `${HOST_LABEL}(?:\\.${HOST_LABEL})*`;
