-- What no window reaches any more is forgotten every second: without an index that reads every use of the day.
CREATE INDEX sender_uses_old ON sender_uses (answered_at);
