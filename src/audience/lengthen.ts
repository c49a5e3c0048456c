/** The same column with room for `length` rows, and for twice as many as before. */
export function lengthen<Column extends Float64Array | Uint32Array | Uint8Array>(
  column: Column,
  length: number,
): Column {
  const Kind = column.constructor as new (length: number) => Column;
  const longer = new Kind(Math.max(length, column.length * 2));
  longer.set(column);
  return longer;
}
