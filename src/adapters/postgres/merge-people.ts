import type { RecipientImport } from '../../engine/ports/audience-store.js';
import type { Connection } from './pool.js';

/**
 * Staged rows that share a person key or an object id are one person, also where a third row ties two together; the
 * first of them that is in the audience stays, at the place of the first of them. Only rows that share something are
 * looked at: usually a handful of a million.
 */
export async function mergeSamePeople(client: Connection): Promise<Pick<RecipientImport, 'merged' | 'mergedCount'>> {
  // Two joins, since one with OR is a search of the whole list for every row of it.
  const sharing = (identity: string) =>
    `SELECT line, person_key, object_id, left_out IS NOT NULL AS outside FROM staged
     WHERE ${identity} IN (SELECT ${identity} FROM staged WHERE ${identity} IS NOT NULL GROUP BY 1 HAVING count(*) > 1)`;
  await client.query(
    `CREATE TEMP TABLE linked ON COMMIT DROP AS
     SELECT line, line AS person, person_key, object_id, outside
     FROM (${sharing('person_key')} UNION ${sharing('object_id')}) shared`,
  );
  // Everybody takes the lowest number that a row of theirs has, until nothing moves any more.
  for (let moved: number | null = 1; moved; ) {
    const { rowCount } = await client.query(
      `WITH nearest AS (
         SELECT line, least(min(person) OVER (PARTITION BY person_key),
                            CASE WHEN object_id IS NOT NULL THEN min(person) OVER (PARTITION BY object_id) END) AS person
         FROM linked)
       UPDATE linked l SET person = n.person FROM nearest n WHERE n.line = l.line AND n.person < l.person`,
    );
    moved = rowCount;
  }
  await client.query(
    'UPDATE staged s SET id = f.id FROM linked l JOIN staged f ON f.line = l.person WHERE s.line = l.line',
  );
  const { rows } = await client.query<{ line: number; sameAs: number; count: number }>(
    `WITH ranked AS (
       SELECT line, first_value(line) OVER (PARTITION BY person ORDER BY outside, line) AS first FROM linked),
     gone AS (
       DELETE FROM staged s USING ranked r WHERE s.line = r.line AND r.first <> r.line
       RETURNING s.line, r.first AS "sameAs")
     SELECT line, "sameAs", count(*) OVER () AS count FROM gone ORDER BY line LIMIT 100`,
  );
  const merged = rows.map(({ line, sameAs }) => ({ line, sameAs }));
  return { merged, mergedCount: rows[0]?.count ?? 0 };
}
