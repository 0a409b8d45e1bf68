-- A record that comes back to a scope takes away the note that it had left.
CREATE INDEX feed_gone ON feed (record, scope) WHERE gone = 1;
