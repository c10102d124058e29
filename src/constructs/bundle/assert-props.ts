import type { ApiServer } from '../../chain/api-server';
import { EggtoothError } from '../../errors';

/**
 * Rejects props that a program in JavaScript has left out, or gives in another form than their type.
 * @param id - of the bundle
 * @param lists - the props that are lists, by their names
 * @throws EggtoothError `ERR_EGGTOOTH_OPTION`
 */
export function assertProps(id: string, apiServer: ApiServer, lists: Readonly<Record<string, unknown>>): void {
  // Not by its class: an app may load this package as an ES module and as CommonJS.
  if (typeof apiServer?.urlHost !== 'string') {
    throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the bundle ${JSON.stringify(id)} has no apiServer`, {
      fix: "set it, as in ApiServer.fromUrl('https://example.org:6443')",
    });
  }
  const [other] = Object.entries(lists).filter(([, value]) => !Array.isArray(value));
  if (other === undefined) return;
  const [name, value] = other;
  const found = value === undefined ? 'has no' : 'needs a list of';
  throw new EggtoothError('ERR_EGGTOOTH_OPTION', `the bundle ${JSON.stringify(id)} ${found} ${name}`, {
    fix: `write ${name}: [{ name: '...' }]`,
  });
}
