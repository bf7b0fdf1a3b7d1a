// The layers of docs/architecture.md: cql uses nothing; storage uses cql; src uses both.
module.exports = {
  forbidden: [
    { name: 'cql-stands-alone', severity: 'error', from: { path: '^cql/', pathNot: '\\.test\\.ts$' }, to: { pathNot: '^cql/' } },
    { name: 'storage-below-src', severity: 'error', from: { path: '^storage/' }, to: { path: '^(src|test|bench|scripts)/' } },
    { name: 'src-uses-no-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|scripts)/' } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' } },
};
