import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../tools/control-plane';

/** A schema of OpenAPI 3.0 as the API server publishes it: every field that is a schema, or holds some, and the rest. */
interface Schema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

type Schemas = Readonly<Record<string, Schema>>;

/** Where kubeconform finds the schemas of a folder. */
export function schemaLocation(folder: string): string {
  return join(folder, '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json');
}

/**
 * Writes a JSON schema for each kind of an API version, from the API server's own OpenAPI v3. It stands alone, and a field
 * that it does not name is an error.
 * @returns the kinds
 */
export async function writeSchemas({ kubectl }: Cluster, apiVersion: string, folder: string): Promise<string[]> {
  const path = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const { components }: { components: { schemas: Schemas } } = JSON.parse(
    await kubectl(['get', '--raw', `/openapi/v3/${path}`]),
  );
  const $defs = Object.fromEntries(Object.entries(components.schemas).map(([name, schema]) => [name, strict(schema)]));
  const [group, version = group] = apiVersion.split('/');
  const kinds = Object.entries(components.schemas).flatMap(([name, schema]) =>
    (schema['x-kubernetes-group-version-kind'] ?? [])
      .filter((gvk) => (gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`) === apiVersion)
      .map(({ kind }) => ({ kind, name })),
  );
  for (const { kind, name } of kinds) {
    const file = `${kind.toLowerCase()}-${group}-${version}.json`;
    writeFileSync(join(folder, file), JSON.stringify({ $ref: `#/$defs/${name}`, $defs }));
  }
  return kinds.map(({ kind }) => kind);
}

/** The same in JSON Schema, which has no `nullable`, and closed: an object has no fields but those that are named. */
function strict(schema: Schema): object {
  const { nullable, ...rest } = schema;
  const open = rest.additionalProperties !== undefined || rest['x-kubernetes-preserve-unknown-fields'] === true;
  const closed = {
    ...rest,
    ...(rest.$ref !== undefined && { $ref: rest.$ref.replace('#/components/schemas/', '#/$defs/') }),
    ...(rest.properties !== undefined && { properties: mapValues(rest.properties), additionalProperties: open }),
    ...(typeof rest.additionalProperties === 'object' && { additionalProperties: strict(rest.additionalProperties) }),
    ...(rest.items !== undefined && { items: strict(rest.items) }),
    ...(rest.allOf !== undefined && { allOf: rest.allOf.map(strict) }),
  };
  return nullable ? { anyOf: [closed, { type: 'null' }] } : closed;
}

function mapValues(properties: Schemas): object {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, strict(schema)]));
}
