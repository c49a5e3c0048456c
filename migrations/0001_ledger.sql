-- The ledger: what was planned, for whom, and what became of every message. The row is the truth.

CREATE TYPE message_state AS ENUM
  ('waiting', 'claimed', 'sending', 'sent', 'failed', 'uncertain', 'suppressed', 'cancelled');

-- One row: what this installation is. The secret keys Message-IDs, so that they name nobody.
CREATE TABLE installation (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  secret bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);
INSERT INTO installation DEFAULT VALUES;

CREATE TABLE campaigns (
  id text PRIMARY KEY,
  -- The campaign file with its defaults filled in, and its plan.
  definition jsonb NOT NULL,
  plan jsonb NOT NULL,
  -- Templates, texts and logo: all that its mails are made of, so that every worker sends what was applied.
  content jsonb NOT NULL,
  version integer NOT NULL DEFAULT 1,
  -- Reminders are held while the registration data is older than this; null: any age will do.
  registrations_max_age interval,
  -- When the newest registration data was true.
  registrations_as_of timestamptz,
  applied_at timestamptz NOT NULL
);

CREATE TABLE steps (
  key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaigns,
  step_id text NOT NULL,
  kind text NOT NULL,
  "offset" text NOT NULL,
  local_date date NOT NULL,
  local_time text NOT NULL,
  zone text NOT NULL,
  send_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  only_unregistered boolean NOT NULL,
  on_uncertain text NOT NULL CHECK (on_uncertain IN ('resend-once', 'park')),
  -- When its message rows were created.
  opened_at timestamptz,
  -- Why it will never be opened.
  skipped_because text,
  UNIQUE (campaign_id, step_id)
);
CREATE INDEX steps_to_open ON steps (send_at) WHERE opened_at IS NULL AND skipped_because IS NULL;

CREATE TABLE recipients (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaigns,
  person_key text NOT NULL,
  address text,
  object_id text,
  user_principal_name text,
  display_name text,
  first_name text,
  locale text,
  attributes jsonb NOT NULL,
  -- Why this person gets no mail at all; null: in the audience.
  left_out text,
  -- When the person registered, or when we learned of it; null: not known to have registered.
  registered_at timestamptz,
  UNIQUE (campaign_id, person_key),
  CHECK (address IS NOT NULL OR left_out IS NOT NULL)
);
-- One person, one recipient.
CREATE UNIQUE INDEX recipients_by_object_id ON recipients (campaign_id, object_id) WHERE object_id IS NOT NULL;
CREATE INDEX recipients_by_upn ON recipients (campaign_id, user_principal_name) WHERE user_principal_name IS NOT NULL;

-- Everything registration data ever said, newest word per identity; also about people who are not in the list (yet).
CREATE TABLE registrations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  campaign_id text NOT NULL REFERENCES campaigns,
  identity text NOT NULL,
  object_id text,
  user_principal_name text,
  address_key text,
  registered boolean NOT NULL,
  registered_at timestamptz,
  learned_at timestamptz NOT NULL,
  as_of timestamptz NOT NULL,
  source text NOT NULL,
  recipient_id bigint REFERENCES recipients,
  UNIQUE (campaign_id, identity)
);
CREATE INDEX registrations_by_recipient ON registrations (recipient_id) WHERE recipient_id IS NOT NULL;

-- A worker's right to a group of messages. The id is the fence: it is never given out twice.
-- Time here is the database's own clock, never the engine's.
CREATE TABLE leases (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  worker text NOT NULL,
  until timestamptz NOT NULL
);

-- One recipient x one step.
CREATE TABLE messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  step_key integer NOT NULL REFERENCES steps,
  recipient_id bigint NOT NULL REFERENCES recipients,
  state message_state NOT NULL,
  attempts smallint NOT NULL DEFAULT 0,
  resends smallint NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  lease_id bigint,
  -- Both fixed at the first attempt: a repeat is identical.
  message_id text,
  dated_at timestamptz,
  settled_at timestamptz,
  reason text,
  -- The age of the registration data that a suppression rests on.
  evidence_as_of timestamptz,
  reply text,
  UNIQUE (step_key, recipient_id),
  CHECK ((state IN ('claimed', 'sending')) = (lease_id IS NOT NULL))
);
CREATE INDEX messages_waiting ON messages (step_key, due_at, id) WHERE state = 'waiting';
CREATE INDEX messages_leased ON messages (lease_id) WHERE lease_id IS NOT NULL;

-- Why the messages of a step do not go out although they are due; null: they may. The one place that decides it.
CREATE FUNCTION hold_of(step steps, now timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN step.only_unregistered AND c.registrations_max_age IS NOT NULL AND c.registrations_as_of IS NULL
      THEN 'no registration data has been imported yet'
    WHEN step.only_unregistered AND c.registrations_as_of < now - c.registrations_max_age
      THEN 'the registration data is from ' || to_char(c.registrations_as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
        || ' UTC, older than goal.maxAge allows'
  END
  FROM campaigns c WHERE c.id = step.campaign_id
$$;
