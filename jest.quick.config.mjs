import base from './jest.config.mjs';

/** The tests of the queue then run on the embedded PostgreSQL alone. */
process.env.TEST_WITHOUT_SERVERS = 'yes';

/** For `npm run check`: all but the tests that start a server, whole programs or a browser, or wait for time to pass. */
export default {
  ...base,
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    '<rootDir>/test/cli/',
    '<rootDir>/test/mission.test.ts',
    '<rootDir>/test/engine/(registration-race|control|pace|plan-and-simulation).test.ts',
    // Tens of thousands of cases each: some minutes together.
    '<rootDir>/test/plan/plan-properties.test.ts',
    '<rootDir>/test/audience/choose-ring.test.ts',
    '<rootDir>/test/render/appearance.test.ts',
    '<rootDir>/test/adapters/postgres/embedded-server.test.ts',
  ],
};
