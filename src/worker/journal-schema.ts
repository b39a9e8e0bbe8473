/** The tables of a worker's journal. A journal of another version is what a worker of another version left: see `openJournal`. */
export const JOURNAL_VERSION = 1;

export const JOURNAL_SCHEMA = `
-- The boot of the machine in which it was last opened: one row.
CREATE TABLE IF NOT EXISTS boots (id INTEGER PRIMARY KEY, boot TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
  attempt TEXT PRIMARY KEY,
  fencing INTEGER NOT NULL,
  -- The grant as JSON, without sealed values.
  build_grant TEXT NOT NULL,
  root TEXT NOT NULL,
  -- The highest event number the servers have acknowledged.
  acknowledged INTEGER NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS events (
  attempt TEXT NOT NULL,
  number INTEGER NOT NULL,
  event TEXT NOT NULL,
  bytes BLOB,
  PRIMARY KEY (attempt, number)
) STRICT;
CREATE TABLE IF NOT EXISTS processes (
  cookie TEXT PRIMARY KEY,
  attempt TEXT NOT NULL,
  step TEXT NOT NULL,
  -- ProcessTraces as JSON.
  traces TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS cleanups (
  id TEXT PRIMARY KEY,
  attempt TEXT NOT NULL,
  cleanup TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS services (
  attempt TEXT NOT NULL,
  service TEXT NOT NULL,
  PRIMARY KEY (attempt, service)
) STRICT;
-- What a service's start told, as JSON, without what is secret.
CREATE TABLE IF NOT EXISTS service_outputs (
  attempt TEXT NOT NULL,
  service TEXT NOT NULL,
  output TEXT NOT NULL,
  PRIMARY KEY (attempt, service)
) STRICT;
CREATE TABLE IF NOT EXISTS open_steps (
  attempt TEXT NOT NULL,
  step TEXT NOT NULL,
  try INTEGER NOT NULL,
  -- Whether its end was told; then only its hooks are owed.
  told INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (attempt, step)
) STRICT;
`;
