import { BlockList, isIP } from 'node:net';
import { refused } from './kubeconfig-file';

/**
 * The proxy for a server, as kubectl chooses it: the proxy-url of the kubeconfig, otherwise HTTPS_PROXY, unless NO_PROXY
 * excludes the server. The machine itself is reached without HTTPS_PROXY.
 * @param proxyUrl - of the kubeconfig
 * @throws EggtoothError `ERR_EGGTOOTH_KUBECONFIG` for a proxy that cannot be used
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, env = process.env): URL | undefined {
  if (proxyUrl !== undefined) return parseProxy(proxyUrl, /^(https?|socks5):$/, 'the kubeconfig');
  const value = env.HTTPS_PROXY || env.https_proxy || '';
  if (value === '' || isExcluded(server, env.NO_PROXY || env.no_proxy || '')) return undefined;
  const url = /^[a-z][a-z0-9+.-]*:\/\/./i.test(value) ? value : `http://${value}`;
  return parseProxy(url, /^(https?|socks5h?):$/, 'the variable HTTPS_PROXY');
}

function parseProxy(text: string, schemes: RegExp, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && schemes.test(url.protocol) && url.hostname !== '') return url;
  throw refused(`${where} has a proxy that cannot be used`, 'set a URL with the scheme http, https or socks5');
}

function isExcluded(server: URL, noProxy: string): boolean {
  const host = hostOf(server);
  if (host === 'localhost' || matchesSubnet(host, '127.0.0.0/8') || matchesSubnet(host, '::1/128')) return true;
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry === '*' || matches(host, server.port || '443', entry));
}

/** The host of a URL; an IPv6 address without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** @param entry - of NO_PROXY: an address, a subnet, or a domain, which stands for its subdomains too; with or without a port */
function matches(host: string, port: string, entry: string): boolean {
  if (entry.includes('/')) return matchesSubnet(host, entry);
  const [, bracketed, plain, entryPort] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? entry;
  if (name === '' || (entryPort !== undefined && entryPort !== port)) return false;
  const family = isIP(name);
  if (family !== 0) return matchesSubnet(host, `${name}/${family === 6 ? 128 : 32}`);
  if (isIP(host) !== 0) return false;
  const domain = name.replace(/^\*\./, '.');
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function matchesSubnet(host: string, subnet: string): boolean {
  const [address = '', prefix = ''] = subnet.split('/');
  const [family, own] = [isIP(address), isIP(host)];
  const isSubnet = family !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32);
  if (!isSubnet || own === 0) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  return list.check(host, own === 6 ? 'ipv6' : 'ipv4');
}
