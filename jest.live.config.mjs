import base from './jest.config.mjs';

/** Tests that need real servers of their own, such as postfix or a browser: `npm run test:live`. */
export default {
  ...base,
  roots: ['<rootDir>/test/live'],
  testPathIgnorePatterns: ['/node_modules/'],
  // They measure and kill processes: side by side they would disturb each other.
  maxWorkers: 1,
  testTimeout: 120_000,
};
