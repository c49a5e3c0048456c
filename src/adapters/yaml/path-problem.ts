import type { Problem } from '../../campaign/problem.js';
import type { FieldRule } from './field-rule.js';

/** A problem that still lacks its line and column: those are for whoever has the text. */
export interface PathProblem extends Problem {
  path: readonly PropertyKey[];
  /** `key`: the key itself is the mistake. `value`: what stands behind it. `parent`: what the key is missing from. */
  at: 'key' | 'value' | 'parent';
}

/** The content of a file as plain values, and what its schema allows. */
export interface CheckedContent {
  content: unknown;
  root: FieldRule;
}
