import { isAlias, isScalar, type Node, visit } from 'yaml';
import type { Problem } from '../../campaign/problem.js';
import { showText } from './show-value.js';

type PlaceOf = (offset: number) => { line: number; column: number };

/** Keys given twice in one section, of which YAML would silently take one. */
export function findDoubleKeys(contents: Node | null, placeOf: PlaceOf): Problem[] {
  const problems: Problem[] = [];
  visit(contents, {
    Map(_, { items }) {
      const firstLines = new Map<unknown, number>();
      for (const { key } of items) {
        if (!isScalar(key) || key.range == null) continue;
        const place = placeOf(key.range[0]);
        const firstLine = firstLines.get(key.value);
        firstLines.set(key.value, firstLine ?? place.line);
        if (firstLine === undefined) continue;
        const message = `the key ${showText(String(key.value))} is given twice, first on line ${firstLine}`;
        problems.push({ ...place, message, hint: 'keep one of them' });
      }
    },
  });
  return problems;
}

/** Aliases whose anchor does not stand before them; mostly texts that begin with an asterisk. */
export function findLostAliases(contents: Node | null, placeOf: PlaceOf): Problem[] {
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  visit(contents, {
    Node(_, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor);
      } else if (!anchors.has(node.source) && node.range != null) {
        const message = `${showText(`*${node.source}`)} refers to an anchor that does not stand before it`;
        problems.push({ ...placeOf(node.range[0]), message, hint: 'put the text in quotes' });
      }
    },
  });
  return problems;
}
