/**
 * A module of its own, because the build puts a bundle in its place: the package holds the SOCKS client, and does not depend
 * on it.
 * @internal
 */
export { SocksClient } from 'socks';
