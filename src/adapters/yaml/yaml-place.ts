import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node } from 'yaml';

export interface YamlPlace {
  /** What stands at the path, or nothing where the key is missing. Aliases are followed. */
  node: Node | undefined;
  /** Offset of the key or list item that leads there; the parent's where it is missing. */
  keyOffset: number;
  /** Offset of the value; that of the key where there is none. */
  valueOffset: number;
}

/** Where in the text a path of keys and indexes leads. Below an alias every place is the alias itself. */
export function findYamlPlace(document: Document.Parsed, path: readonly PropertyKey[]): YamlPlace {
  const start = document.contents?.range[0] ?? 0;
  let place: YamlPlace = { node: document.contents ?? undefined, keyOffset: start, valueOffset: start };
  let aliasOffset: number | undefined;
  for (const part of path) {
    const next = stepInto(place, part);
    if (next.node === undefined) return { ...place, node: undefined, valueOffset: place.keyOffset };
    place = aliasOffset === undefined ? next : { ...next, keyOffset: aliasOffset, valueOffset: aliasOffset };
    if (isAlias(place.node)) {
      aliasOffset ??= place.valueOffset;
      place = { ...place, node: place.node.resolve(document) };
    }
  }
  return place;
}

function stepInto({ node, keyOffset }: YamlPlace, part: PropertyKey): YamlPlace {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    const offset = (isNode(item) && item.range?.[0]) || keyOffset;
    return { node: isNode(item) ? item : undefined, keyOffset: offset, valueOffset: offset };
  }
  if (isMap(node)) {
    // The last one: of a key given twice it is the one whose value was taken.
    const pair = node.items.findLast(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
    if (pair !== undefined && isNode(pair.key)) {
      const at = pair.key.range?.[0] ?? keyOffset;
      const value = isNode(pair.value) ? pair.value : undefined;
      return { node: value, keyOffset: at, valueOffset: value?.range?.[0] ?? at };
    }
  }
  return { node: undefined, keyOffset, valueOffset: keyOffset };
}
