import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  ExtractorMessageCategory,
  type IConfigFile,
} from '@microsoft/api-extractor';
import manifest from '../../package.json';
import { entryPoints } from '../build/es-modules';

const root = join(__dirname, '../..');
const folder = join(root, 'api');

/** The report of what an entry point exports, compared with the one in api/. */
export interface ApiReport {
  /** Name of the file in api/. */
  readonly file: string;
  readonly changed: boolean;
  /** Types that are not exported though something exported refers to them, and comments that cannot be read. */
  readonly faults: readonly string[];
}

/** What counts as a fault. Members without a comment do not: the reports mark them. */
const messages: IConfigFile['messages'] = {
  compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
  extractorMessageReporting: {
    default: { logLevel: ExtractorLogLevel.Error },
    'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
    'ae-undocumented': { logLevel: ExtractorLogLevel.None },
    // Links lead from one entry point to the other, which the extractor does not follow.
    'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
  },
  tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
};

/**
 * Makes the reports of all entry points from the compiled declarations.
 * @param write - whether reports that changed are written to api/
 */
export function apiReports({ write }: { readonly write: boolean }): readonly ApiReport[] {
  const scratch = mkdtempSync(join(tmpdir(), 'eggtooth-api-'));
  mkdirSync(folder, { recursive: true });
  try {
    return entryPoints.map((entryPoint) => apiReport(entryPoint, scratch, write));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function apiReport(entryPoint: string, scratch: string, write: boolean): ApiReport {
  const name = basename(dirname(entryPoint)).replace(/^src$/, manifest.name);
  const file = `${name}.api.md`;
  const configObject: IConfigFile = {
    projectFolder: root,
    mainEntryPointFilePath: join(root, `${entryPoint}.d.ts`),
    compiler: { tsconfigFilePath: join(root, 'tsconfig.json') },
    apiReport: { enabled: true, reportFolder: folder, reportFileName: file, reportTempFolder: scratch },
    docModel: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages,
  };
  const config = { configObject, configObjectFullPath: undefined, packageJsonFullPath: join(root, 'package.json') };
  const faults: string[] = [];
  const { apiReportChanged } = Extractor.invoke(ExtractorConfig.prepare(config), {
    localBuild: write,
    messageCallback: (message) => {
      const isFault =
        message.logLevel === ExtractorLogLevel.Error && message.category !== ExtractorMessageCategory.Console;
      if (isFault) faults.push(message.formatMessageWithLocation(root));
      message.logLevel = ExtractorLogLevel.None;
    },
  });
  return { file, changed: apiReportChanged, faults };
}
