import ts from 'typescript';

const CONFIG = 'tsconfig.build.json';

/** Compiles the library; what the compiler does not like is printed, and ends the build. */
export function compileLibrary(): ts.Program {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (fault: ts.Diagnostic) => fail([fault]) };
  const config = ts.getParsedCommandLineOfConfigFile(CONFIG, {}, host);
  if (config === undefined) throw new Error(`cannot read ${CONFIG}`);
  const program = ts.createProgram(config.fileNames, config.options);
  const { diagnostics } = program.emit();
  fail([...config.errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics]);
  return program;
}

function fail(diagnostics: readonly ts.Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  const host: ts.FormatDiagnosticsHost = {
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getCanonicalFileName: (name) => name,
    getNewLine: () => ts.sys.newLine,
  };
  throw new Error(ts.formatDiagnostics(diagnostics, host));
}
