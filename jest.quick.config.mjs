import base from './jest.config.mjs';

/** For `npm run check`: all but the tests that start whole programs or a browser, or run for half a minute. */
export default {
  ...base,
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    '<rootDir>/test/cli/',
    '<rootDir>/test/mission.test.ts',
    '<rootDir>/test/engine/registration-race.test.ts',
    '<rootDir>/test/render/appearance.test.ts',
    '<rootDir>/test/adapters/postgres/embedded-server.test.ts',
  ],
};
