-- A message is written three times on its way: claimed, sending, sent. PostgreSQL does that in place, without touching
-- an index, only where no column of an index changes, also of its condition. So only waiting messages are due, and
-- whose a message is, is known to the lease.

ALTER TABLE messages ALTER COLUMN due_at DROP NOT NULL;
DROP INDEX messages_waiting;
UPDATE messages SET due_at = NULL WHERE state <> 'waiting';
ALTER TABLE messages ADD CHECK ((state = 'waiting') = (due_at IS NOT NULL));
CREATE INDEX messages_waiting ON messages (step_key, due_at, id) WHERE due_at IS NOT NULL;

-- The messages that were taken under it.
ALTER TABLE leases ADD COLUMN message_ids bigint[] NOT NULL DEFAULT '{}';
UPDATE leases l SET message_ids = ARRAY(SELECT id FROM messages m WHERE m.lease_id = l.id);
DROP INDEX messages_leased;

-- Room on every page for the next version of its rows.
ALTER TABLE messages SET (fillfactor = 70);
