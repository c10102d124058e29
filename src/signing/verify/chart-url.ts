/** Where source-controller downloads a chart from. */
export interface ChartUrl {
  /** `https://HOST[:PORT]`, lower-case, without the default port. */
  readonly origin: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Characters that Go does not send in a path as they are written. */
const ENCODED = /[^A-Za-z0-9\-._~!$&'()*+,;=:@[\]/%]/gu;

/**
 * Resolves the URL of a chart in an index as source-controller does: an absolute one stays as it is, any other is
 * relative to the folder of the index.
 *
 * @param base - URL of the HelmRepository, without a trailing slash
 * @returns the URL; why source-controller cannot use it, if it cannot
 */
export function resolveChartUrl(base: string, reference: string): ChartUrl | string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses them
  if (/[\x00-\x1f\x7f]/.test(reference)) return 'has a control character';
  const [, scheme, rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([^#]*)/.exec(reference) ?? [];
  const [beforeQuery = ''] = rest.split('?', 1);
  if (scheme === undefined && /^[^/]*:/.test(beforeQuery)) return 'has a colon in its first segment';
  if (/%(?![0-9A-Fa-f]{2})/.test(beforeQuery)) return 'has a % that no two hexadecimal digits follow';
  if (scheme !== undefined || isNetworkPath(rest)) return absolute(scheme ?? new URL(base).protocol.slice(0, -1), rest);
  const { origin } = new URL(base);
  return { origin, path: resolvePath(`${base.slice(base.indexOf('/', 8))}/`, encode(beforeQuery)), query: {} };
}

function isNetworkPath(rest: string): boolean {
  return rest.startsWith('//') && !rest.startsWith('///');
}

function absolute(scheme: string, rest: string): ChartUrl | string {
  if (!/^https?$/i.test(scheme)) return `has the scheme ${scheme}, and Flux downloads with https and http only`;
  const text = `${scheme}:${rest}`;
  if (!rest.startsWith('//') || !URL.canParse(text)) return 'is not a valid URL';
  const { origin, searchParams, username, password } = new URL(text);
  const path = encode(/^\/\/[^/?]*([^?]*)/.exec(rest)?.[1] || '/');
  // With a name in it, it is another address: credentials are sent there.
  const user = username === '' && password === '' ? '' : `${username}@`;
  return { origin: origin.replace('//', `//${user}`), path, query: Object.fromEntries(searchParams) };
}

function encode(path: string): string {
  return path.replace(/[\ud800-\udfff]/gu, '\ufffd').replace(ENCODED, encodeURIComponent);
}

/** Resolves a path as RFC 3986, section 5.2, says. */
function resolvePath(base: string, reference: string): string {
  const full = reference.startsWith('/') ? reference : `${base}${reference}`;
  const segments: string[] = [];
  const parts = full.split('/').slice(1);
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (part === '..') segments.pop();
    if (part !== '.' && part !== '..') segments.push(part);
    else if (isLast) segments.push('');
  }
  return `/${segments.join('/')}`;
}
