-- A step that begins with a few people, addresses where nobody is any more, and a database that is older than what was
-- sent from it.

ALTER TABLE steps
  -- {"count": 50} or {"share": 0.05}, with "waitMs" and "maxFailures": 0.02; null: everybody at once.
  ADD COLUMN canary jsonb,
  -- While only its canary has messages: when it is judged, at the earliest.
  ADD COLUMN canary_until timestamptz,
  -- False: it is through, or a person has decided that the step goes on whatever fails.
  ADD COLUMN canary_watched boolean NOT NULL DEFAULT true,
  ADD COLUMN canary_judged_at timestamptz;
CREATE INDEX steps_with_canary ON steps (key) WHERE canary IS NOT NULL AND opened_at IS NOT NULL AND canary_watched;

-- Mailboxes that do not exist, as their server said: no campaign writes to them any more.
CREATE TABLE suppressed_addresses (
  person_key text PRIMARY KEY,
  reason text NOT NULL,
  reply text,
  since timestamptz NOT NULL
);

ALTER TABLE installation
  -- The database was restored from a backup: mails went out until then that it knows nothing of. A person decides.
  ADD COLUMN restored_until timestamptz,
  -- The newest lease that somebody remembers.
  ADD COLUMN restored_lease bigint;

-- What somebody or something has stopped; null: nothing. A probe passes a sender that is tried again, and no other.
CREATE OR REPLACE FUNCTION stop_of(step steps, now timestamptz, probe boolean DEFAULT false)
RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN step.cancelled_at IS NOT NULL THEN 'cancelled'
    WHEN i.restored_until IS NOT NULL
      THEN 'the database is older than what was sent until ' || to_char(i.restored_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        || ' UTC; see: fanfare restored'
    WHEN step.paused_because IS NOT NULL THEN 'paused: ' || step.paused_because
    WHEN c.paused_because IS NOT NULL THEN 'the campaign is paused: ' || c.paused_because
    WHEN s.because IS NOT NULL AND coalesce(s.probe_at > now AND NOT probe, true)
      THEN 'the sender ' || s.name || ' is paused: ' || s.because
  END
  FROM installation i, campaigns c LEFT JOIN paused_senders s ON s.name = c.sender WHERE c.id = step.campaign_id
$$;
