-- A step has an instant for each part of the audience: ring, first or later day of the ring, time zone, place of the
-- holidays. Those are its groups; a campaign without rings and local time has one.

ALTER TABLE recipients
  ADD COLUMN ring text NOT NULL DEFAULT 'everyone',
  -- The ring's first day (0), its second ... where campaigns let only so many people launch on one day.
  ADD COLUMN tranche smallint NOT NULL DEFAULT 0,
  -- Empty: the campaign's.
  ADD COLUMN zone text NOT NULL DEFAULT '',
  -- Whose holidays count; empty: those of the campaign's first place.
  ADD COLUMN place text NOT NULL DEFAULT '',
  -- This person's number in the campaign's lottery: who launches on which day.
  ADD COLUMN lot integer NOT NULL DEFAULT 0,
  -- Moved by hand: the list does not move this person back.
  ADD COLUMN ring_fixed boolean NOT NULL DEFAULT false;

-- Who was moved from one ring to another, when and why; append-only.
CREATE TABLE ring_moves (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaigns,
  recipient_id bigint NOT NULL REFERENCES recipients,
  from_ring text NOT NULL,
  to_ring text NOT NULL,
  because text NOT NULL,
  moved_at timestamptz NOT NULL
);

-- What people have said of a ring: its go, and what the help desk counted.
CREATE TABLE ring_facts (
  campaign_id text NOT NULL REFERENCES campaigns,
  ring text NOT NULL,
  go_at timestamptz,
  go_because text,
  tickets integer,
  tickets_at timestamptz,
  PRIMARY KEY (campaign_id, ring)
);

-- Whose registration must be confirmed again soon.
CREATE INDEX recipients_by_registration ON recipients (campaign_id, registered_at) WHERE registered_at IS NOT NULL;

CREATE TABLE step_groups (
  key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  step_key integer NOT NULL REFERENCES steps ON DELETE CASCADE,
  ring text NOT NULL,
  tranche smallint NOT NULL,
  zone text NOT NULL,
  place text NOT NULL,
  -- People who joined when the group had gone out: they have one of their own. Null: the planned one.
  joined_at timestamptz,
  local_date date NOT NULL,
  local_time text NOT NULL,
  -- In which local_date and local_time are meant.
  local_zone text NOT NULL,
  send_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- When it may be sent; null: at any time.
  windows tstzmultirange,
  -- The dates that its mails name.
  launch_date date NOT NULL,
  register_by date NOT NULL,
  enforced_from date,
  shifted_from date,
  shift_reason text,
  -- In the audience when it was planned.
  people integer NOT NULL,
  opened_at timestamptz,
  -- A person has decided that it goes out although its time has passed.
  released_at timestamptz,
  -- Why it will never be opened.
  skipped_because text
);
CREATE UNIQUE INDEX step_groups_planned ON step_groups (step_key, ring, tranche, zone, place) WHERE joined_at IS NULL;
CREATE INDEX step_groups_of_step ON step_groups (step_key);
CREATE INDEX step_groups_to_open ON step_groups (send_at) WHERE opened_at IS NULL AND skipped_because IS NULL;

INSERT INTO step_groups (step_key, ring, tranche, zone, place, local_date, local_time, local_zone, send_at, expires_at,
                         launch_date, register_by, people, opened_at, released_at, skipped_because)
SELECT s.key, 'everyone', 0, '', '', s.local_date, s.local_time, s.zone, s.send_at, s.expires_at,
       (c.definition->'launch'->>'date')::date, (c.plan->>'registerBy')::date,
       (SELECT count(*) FROM recipients r WHERE r.campaign_id = c.id AND r.left_out IS NULL),
       s.opened_at, s.released_at, s.skipped_because
FROM steps s JOIN campaigns c ON c.id = s.campaign_id;

ALTER TABLE messages
  ADD COLUMN group_key integer,
  -- The launch date that the mail named.
  ADD COLUMN told_date date;
UPDATE messages m SET group_key = g.key,
  told_date = CASE WHEN m.dated_at IS NOT NULL THEN g.launch_date END
FROM step_groups g WHERE g.step_key = m.step_key;
ALTER TABLE messages ALTER COLUMN group_key SET NOT NULL;
-- A claim takes the messages of one group: they are mails of one kind, with the same dates.
DROP INDEX messages_waiting;
CREATE INDEX messages_waiting ON messages (group_key, due_at, id) WHERE due_at IS NOT NULL;

DROP INDEX steps_to_open;
ALTER TABLE steps
  DROP COLUMN released_at,
  -- The group whose canary it is.
  ADD COLUMN canary_group integer,
  -- Reminders one person gets at most, over all steps of the campaign; null: no limit.
  ADD COLUMN max_reminders integer,
  -- Between any two mails to one person, over all campaigns; null: none.
  ADD COLUMN min_gap interval,
  -- Of a reconfirmation: so long after each person's registration; null: everybody of a group at one instant.
  ADD COLUMN reconfirm_after interval;
UPDATE steps s SET canary_group = g.key FROM step_groups g WHERE g.step_key = s.key AND s.canary_until IS NOT NULL;

ALTER TABLE campaigns
  -- What its rings and days off rest on, beside the file itself: lists of people and closures, as they were applied.
  ADD COLUMN lists jsonb NOT NULL DEFAULT '{"closures": [], "rings": {}}',
  -- The audience has changed since steps were opened: somebody may have joined late.
  ADD COLUMN joined_at timestamptz;

-- What was planned before there were days off stays where it is.
UPDATE campaigns SET definition = jsonb_set(definition, '{steps}', (
  SELECT coalesce(jsonb_agg(CASE WHEN step ? 'shift' THEN step ELSE step || '{"shift": "none"}' END ORDER BY place), '[]')
  FROM jsonb_array_elements(definition->'steps') WITH ORDINALITY x (step, place)));

-- Every version of a campaign and its plan, as it was applied or moved; append-only.
CREATE TABLE campaign_versions (
  campaign_id text NOT NULL REFERENCES campaigns,
  version integer NOT NULL,
  definition jsonb NOT NULL,
  plan jsonb NOT NULL,
  because text NOT NULL,
  applied_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id, version)
);
INSERT INTO campaign_versions SELECT id, version, definition, plan, 'applied', applied_at FROM campaigns;

-- Why the messages of a step do not go out although they are due; null: they may. The one place that decides it.
CREATE OR REPLACE FUNCTION hold_of(step steps, now timestamptz, probe boolean DEFAULT false) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(stop_of(step, now, probe), CASE
    WHEN step.only_unregistered AND c.registrations_max_age IS NOT NULL AND c.registrations_as_of IS NULL
      THEN 'no registration data has been imported yet'
    WHEN step.only_unregistered AND c.registrations_as_of < now - c.registrations_max_age
      THEN 'the registration data is from ' || to_char(c.registrations_as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        || ' UTC, older than goal.maxAge allows'
  END)
  FROM campaigns c WHERE c.id = step.campaign_id
$$;

-- What keeps a ring from launching, as its gate says of the ring before it; null: nothing. A person's go opens any gate.
CREATE FUNCTION gate_of(campaign text, ring_id text) RETURNS text LANGUAGE sql STABLE AS $$
  WITH rings AS (
    SELECT e.ring, e.place FROM campaigns c, jsonb_array_elements(c.definition->'rings') WITH ORDINALITY e (ring, place)
    WHERE c.id = campaign),
  mine AS (
    SELECT r.ring->'gate' AS gate, b.ring->>'id' AS before FROM rings r JOIN rings b ON b.place = r.place - 1
    WHERE r.ring->>'id' = ring_id AND jsonb_typeof(r.ring->'gate') = 'object'
      AND NOT EXISTS (SELECT FROM ring_facts f WHERE f.campaign_id = campaign AND f.ring = ring_id AND f.go_at IS NOT NULL)),
  counted AS (
    SELECT count(*) AS messages, count(*) FILTER (WHERE m.state IN ('failed', 'uncertain')) AS failed,
           count(*) FILTER (WHERE m.state IN ('waiting', 'claimed', 'sending')) AS open
    FROM mine JOIN steps s ON s.campaign_id = campaign AND s.kind = 'available-now'
      JOIN step_groups g ON g.step_key = s.key AND g.ring = mine.before
      JOIN messages m ON m.step_key = s.key AND m.group_key = g.key AND m.state NOT IN ('suppressed', 'cancelled')),
  share AS (
    SELECT mine.*, n.*, f.tickets, rtrim(gate->>'maxFailures', '%')::numeric / 100 AS failures,
      CASE WHEN gate->>'maxTickets' LIKE '%\%' THEN rtrim(gate->>'maxTickets', '%')::numeric / 100 * messages
           ELSE (gate->>'maxTickets')::numeric END AS most
    FROM mine CROSS JOIN counted n LEFT JOIN ring_facts f ON f.campaign_id = campaign AND f.ring = mine.before)
  SELECT CASE
    WHEN (gate->>'go')::boolean THEN 'ring ' || ring_id || ' waits for a go: fanfare go ' || campaign || ' ' || ring_id
    WHEN messages = 0 THEN 'ring ' || before || ' has not launched yet; without waiting for it: fanfare go ' || campaign || ' ' || ring_id
    WHEN failures IS NOT NULL AND failed + open > failures * messages
      THEN failed || ' of ' || messages || ' mails of ring ' || before || ' failed or are uncertain'
        || CASE WHEN open > 0 THEN ', and ' || open || ' are still open' ELSE '' END
        || '; the gate of ring ' || ring_id || ' allows ' || (gate->>'maxFailures')
    WHEN most IS NOT NULL AND tickets IS NULL
      THEN 'nobody has told what the help desk counted: fanfare tickets ' || campaign || ' ' || before || ' COUNT'
    WHEN most IS NOT NULL AND tickets > most
      THEN 'the help desk counted ' || tickets || ' tickets of ring ' || before || '; the gate of ring ' || ring_id
        || ' allows ' || (gate->>'maxTickets')
  END FROM share
$$;

-- Announcements may go before a gate opens: it guards the launch, and what follows it.
CREATE FUNCTION is_gated(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT kind NOT IN ('coming-soon', 'launch-moved')
$$;

-- A group whose time came while nothing was running, longer ago than a restart takes: somebody decides.
CREATE FUNCTION is_missed(g step_groups, step steps, now timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT g.opened_at IS NULL AND g.skipped_because IS NULL AND g.released_at IS NULL AND g.people > 0
    AND step.cancelled_at IS NULL AND step.reconfirm_after IS NULL AND g.send_at < now - missed_grace()
    -- Its step's canary was being waited for.
    AND coalesce(step.canary_judged_at < now - missed_grace(), true) AND step.canary_until IS NULL
$$;

-- Why due groups of a step are not opened; null: they are, or none is due.
CREATE FUNCTION wait_of(step steps, now timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  WITH due AS MATERIALIZED (
    SELECT ring, bool_or(is_missed(g, step, now)) AS missed FROM step_groups g
    WHERE g.step_key = step.key AND g.opened_at IS NULL AND g.skipped_because IS NULL AND g.people > 0 AND g.send_at <= now
      AND step.cancelled_at IS NULL AND step.reconfirm_after IS NULL
    GROUP BY ring)
  SELECT coalesce(CASE WHEN is_gated(step.kind) THEN gate_of(step.campaign_id, ring) END,
    CASE WHEN missed THEN 'its time passed more than 2 hours ago while nothing was running'
      || CASE WHEN step.opened_at IS NULL THEN '' ELSE ', for a part of its people' END || '; release it, or cancel it' END) AS wait
  FROM due ORDER BY 1 NULLS LAST LIMIT 1
$$;

-- The same for a person's eyes: a step that is still to come is not held by what may change until then.
CREATE OR REPLACE FUNCTION shown_hold_of(step steps, now timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN step.opened_at IS NULL AND step.send_at > now THEN stop_of(step, now)
              ELSE coalesce(stop_of(step, now), wait_of(step, now), hold_of(step, now)) END
$$;

-- The launch date that a person was told last; null: none.
CREATE FUNCTION told_of(campaign text, recipient bigint) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT m.told_date FROM steps s JOIN messages m ON m.step_key = s.key AND m.recipient_id = recipient
  WHERE s.campaign_id = campaign AND m.told_date IS NOT NULL AND m.state IN ('sending', 'sent', 'uncertain')
  ORDER BY CASE WHEN m.state = 'sent' THEN m.settled_at ELSE m.dated_at END DESC LIMIT 1
$$;

-- Reminders that a person got, or may have got, in a campaign.
CREATE FUNCTION reminders_of(campaign text, recipient bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM steps s JOIN messages m ON m.step_key = s.key AND m.recipient_id = recipient
  WHERE s.campaign_id = campaign AND s.kind = 'sign-up-reminder' AND m.state IN ('sending', 'sent', 'uncertain')
$$;

-- When a person got a mail last, of any campaign; null: never.
CREATE FUNCTION last_mail_of(person text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  -- What is uncertain was settled when somebody said so: it may have come when it was handed over.
  SELECT max(CASE WHEN m.state = 'sent' THEN m.settled_at ELSE m.dated_at END)
  FROM campaigns c JOIN recipients r ON r.campaign_id = c.id AND r.person_key = person
    JOIN steps s ON s.campaign_id = c.id JOIN messages m ON m.step_key = s.key AND m.recipient_id = r.id
  WHERE m.state IN ('sending', 'sent', 'uncertain')
$$;
