/** What the tools read of an OpenAPI v3 schema in a CRD. */
export interface Schema {
  readonly description?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
}

/** The schema without its description, nor those below it. A property that is called `description` stays. */
export function withoutDescriptions({ description, ...schema }: Schema): Schema {
  const { properties, additionalProperties, items, not } = schema;
  const lists = (['allOf', 'anyOf', 'oneOf'] as const).filter((key) => schema[key] !== undefined);
  return {
    ...schema,
    ...(properties && { properties: mapValues(properties, withoutDescriptions) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: withoutDescriptions(additionalProperties),
    }),
    ...(items && { items: withoutDescriptions(items) }),
    ...(not && { not: withoutDescriptions(not) }),
    ...Object.fromEntries(lists.map((key) => [key, schema[key]?.map(withoutDescriptions)])),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
