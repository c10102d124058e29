import { isDeepStrictEqual } from 'node:util';
import { ApiObject, type App, Chart, Names, YamlOutputType } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { printReference, referenceTo } from '../kubernetes/kube-object';
import { printable } from '../kubernetes/printable';
import { ManifestObject } from './manifest-object';

const checked = new WeakSet<IConstruct>();

/**
 * Makes synth fail if cdk8s would write two objects or two Charts of the App to one file, where the later one replaces the
 * other in silence. All objects of the App count, whoever created them.
 */
export function validateFiles(construct: IConstruct): void {
  const { root } = construct.node;
  if (!isApp(root) || checked.has(root)) return;
  checked.add(root);
  root.node.addValidation({ validate: () => lossesOf(root) });
}

function isApp(root: IConstruct): root is App {
  return 'yamlOutputType' in root && 'outputFileExtension' in root;
}

/** What cdk8s writes to a file in one go. */
interface Written {
  readonly construct: IConstruct;
  readonly name: string;
  readonly content: unknown;
}

/** A file, and everything that is written to it. */
interface SynthFile {
  readonly name: string;
  readonly written: Written[];
}

/** An error for each file of an App in which only a part of its content would stay. */
function lossesOf(app: App): string[] {
  const fix =
    app.yamlOutputType === YamlOutputType.FILE_PER_CHART
      ? 'give each Chart an id that differs in lower-case letters and digits'
      : 'set yamlOutputType of the App to YamlOutputType.FILE_PER_CHART or FILE_PER_APP';
  return filesOf(app)
    .filter(({ written: [first, ...others] }) =>
      others.some(({ content }) => !isDeepStrictEqual(content, first?.content)),
    )
    .map(({ name, written }) => {
      const all = written.map((one) => `${one.name} (${one.construct.node.path})`).join(' and ');
      return printable(`error: cdk8s would write ${all} to one file, ${name}, and only the last stays; fix: ${fix}`);
    });
}

/** The files that App.synth writes, except for one with the whole App. */
function filesOf(app: App): readonly SynthFile[] {
  const { yamlOutputType: type, outputFileExtension: extension } = app;
  const nodes = app.node.findAll();
  const charts = nodes.filter((node) => Chart.isChart(node));
  // With an index before its name, each Chart has a file or folder of its own.
  const indexed = isIndexed(nodes);
  const nameOf = (chart: Chart) => (indexed ? chart.node.path : Names.toDnsLabel(chart));
  switch (type) {
    case YamlOutputType.FILE_PER_CHART:
      return grouped(charts, (chart) => {
        const name = nameOf(chart) + extension;
        return { name, key: name, written: { construct: chart, name: 'Chart', content: chart.node.path } };
      });
    case YamlOutputType.FILE_PER_RESOURCE:
      return grouped(nodes.filter(ApiObject.isApiObject), (object) => {
        const written = writtenOf(object);
        const name = fileOf(written.content.kind, written.content.metadata.name) + extension;
        return { name, key: name, written };
      });
    case YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE:
      return grouped(nodes.filter(ApiObject.isApiObject), (object) => {
        const written = writtenOf(object);
        // cdk8s names this file by what the object was before its patches.
        const name = fileOf(object.kind, object.metadata.name) + extension;
        return { name, key: `${nameOf(Chart.of(object))}/${name}`, written };
      });
    default:
      return [];
  }
}

function writtenOf(object: ApiObject) {
  const content = ManifestObject.manifestOf(object);
  return { construct: object, name: printReference(referenceTo(content)), content };
}

function fileOf(kind: string, name: string | undefined): string {
  return `${kind}.${name}`.replace(/[^0-9a-zA-Z-_.]/g, '');
}

function grouped<Node>(
  nodes: readonly Node[],
  fileFor: (node: Node) => { readonly name: string; readonly key: string; readonly written: Written },
): readonly SynthFile[] {
  const files = new Map<string, SynthFile>();
  for (const node of nodes) {
    const { name, key, written } = fileFor(node);
    const file = files.get(key) ?? { name, written: [] };
    files.set(key, file);
    file.written.push(written);
  }
  return [...files.values()];
}

/** Whether cdk8s numbers the Charts: one is directly in another one, or a construct depends on one of another Chart. */
function isIndexed(nodes: readonly IConstruct[]): boolean {
  return nodes.some(
    (node) =>
      (Chart.isChart(node) && Chart.isChart(node.node.scope)) ||
      node.node.dependencies.some((target) => Chart.of(node) !== Chart.of(target)),
  );
}
