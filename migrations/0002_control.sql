-- Control: what a person, or the engine itself, has stopped; and what waits for a person's decision.

-- The sender a campaign names; SMTP_URL where it names none.
ALTER TABLE campaigns ADD COLUMN sender text NOT NULL
  GENERATED ALWAYS AS (coalesce(definition->'sender'->>'profile', 'SMTP_URL')) STORED;
ALTER TABLE campaigns ADD COLUMN paused_because text;

ALTER TABLE steps ADD COLUMN paused_because text;
-- Whatever has not gone out never will.
ALTER TABLE steps ADD COLUMN cancelled_at timestamptz;
-- A person has decided that a step goes out although its time has passed.
ALTER TABLE steps ADD COLUMN released_at timestamptz;

-- Only senders that somebody or something has stopped have a row.
CREATE TABLE paused_senders (
  name text PRIMARY KEY,
  because text NOT NULL,
  paused_at timestamptz NOT NULL,
  -- From then on one mail at a time is tried, and the sender goes on when it is accepted; null: a person decides.
  probe_at timestamptz
);

-- How late a step may begin by itself: a restart or a short outage. Beyond, somebody decides.
CREATE FUNCTION missed_grace() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '2 hours' $$;

-- What somebody or something has stopped; null: nothing. A probe passes a sender that is tried again.
CREATE FUNCTION stop_of(step steps, now timestamptz, probe boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN step.cancelled_at IS NOT NULL THEN 'cancelled'
    WHEN step.paused_because IS NOT NULL THEN 'paused: ' || step.paused_because
    WHEN c.paused_because IS NOT NULL THEN 'the campaign is paused: ' || c.paused_because
    WHEN NOT probe AND s.because IS NOT NULL AND coalesce(s.probe_at > now, true)
      THEN 'the sender ' || s.name || ' is paused: ' || s.because
  END
  FROM campaigns c LEFT JOIN paused_senders s ON s.name = c.sender WHERE c.id = step.campaign_id
$$;

-- Why the messages of a step do not go out although they are due; null: they may. The one place that decides it.
DROP FUNCTION hold_of(steps, timestamptz);
CREATE FUNCTION hold_of(step steps, now timestamptz, probe boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(stop_of(step, now, probe), CASE
    WHEN step.opened_at IS NULL AND step.released_at IS NULL AND step.send_at < now - missed_grace()
      THEN 'its time passed more than 2 hours ago while nothing was running; release it, or cancel it'
    WHEN step.only_unregistered AND c.registrations_max_age IS NOT NULL AND c.registrations_as_of IS NULL
      THEN 'no registration data has been imported yet'
    WHEN step.only_unregistered AND c.registrations_as_of < now - c.registrations_max_age
      THEN 'the registration data is from ' || to_char(c.registrations_as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        || ' UTC, older than goal.maxAge allows'
  END)
  FROM campaigns c WHERE c.id = step.campaign_id
$$;

-- The same for a person's eyes: a step that is still to come is not held by what may change until then.
CREATE FUNCTION shown_hold_of(step steps, now timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN step.opened_at IS NULL AND step.send_at > now THEN stop_of(step, now) ELSE hold_of(step, now) END
$$;

-- One row a mail that goes through a sender with limits: a place in its minute and its day, taken when the mail is
-- marked and given back a minute, or a day, after it was answered. So no window of 60 s at the server ever holds more.
CREATE TABLE sender_uses (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sender text NOT NULL,
  message_id bigint NOT NULL,
  lease_id bigint NOT NULL,
  -- Null: under way.
  answered_at timestamptz
);
CREATE INDEX sender_uses_recent ON sender_uses (sender, answered_at);
CREATE INDEX sender_uses_under_way ON sender_uses (lease_id) WHERE answered_at IS NULL;

-- Who runs the engine right now: each process says so every few seconds. For people only; nothing rests on it.
CREATE TABLE engine_processes (
  id text PRIMARY KEY,
  roles text[] NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
